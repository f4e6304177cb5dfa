import { canonicalAddress } from '@ai-stack/core';
import { ownContainers } from '../../facts/own-containers';
import type { Guard } from './guard';

/** States in which a container keeps its ports. */
const holding: readonly string[] = ['running', 'paused', 'restarting'];

/** A wanted port on which a process or a container that is not this service's listens. */
export const portTaken: Guard = {
  name: 'port-taken',
  isOverridable: true,
  check: (release, facts) => {
    const own = ownContainers(release, facts);
    return release.ports.flatMap((wanted) => {
      const isWanted = (one: { address: string; port: number; protocol: string }): boolean =>
        one.port === wanted.port &&
        one.protocol === wanted.protocol &&
        overlaps(one.address, wanted.address);
      const holds = own.some(
        (container) => holding.includes(container.state) && container.ports.some(isWanted),
      );
      if (holds) return [];
      const holder = facts.engine.containers.find(
        (container) => !own.includes(container) && container.ports.some(isWanted),
      );
      if (holder === undefined && !facts.listening.some(isWanted)) return [];
      const shown = `${wanted.address}:${wanted.port}/${wanted.protocol}`;
      const who = holder === undefined ? 'a program' : `the container ${holder.name}`;
      const look = `ss -${wanted.protocol === 'tcp' ? 't' : 'u'}lpn 'sport = :${wanted.port}'`;
      return [
        {
          reason: `${shown} on ${facts.host} is taken by ${who}`,
          fix: holder === undefined ? `see which with ${look}, and stop it` : `stop ${holder.name}`,
        },
      ];
    });
  },
};

function overlaps(one: string, other: string): boolean {
  const [a, b] = [canonicalAddress(one), canonicalAddress(other)];
  return (
    a === b || [a, b].some((address) => address === '0.0.0.0' || address === '::' || address === '')
  );
}
