import { canonicalAddress, type Release } from '@ai-stack/core';
import { ownContainers } from '../../facts/own-containers';
import type { Guard } from './guard';

/** States in which a container keeps its ports. */
const boundStates: readonly string[] = ['running', 'paused', 'restarting'];

const dnsPort = 53;

/** A wanted port on which a process or a container that is not this service's listens. */
export const portTaken: Guard = {
  name: 'port-taken',
  isOverridable: true,
  check: (release, facts) => {
    const own = ownContainers(release, facts);
    return release.ports.flatMap((port) => {
      const isWanted = (endpoint: { address: string; port: number; protocol: string }): boolean =>
        endpoint.port === port.port &&
        endpoint.protocol === port.protocol &&
        overlaps(endpoint.address, port.address);
      const isOwn = own.some(
        (container) => boundStates.includes(container.state) && container.ports.some(isWanted),
      );
      if (isOwn) return [];
      const owner = facts.engine.containers.find(
        (container) => !own.includes(container) && container.ports.some(isWanted),
      );
      if (owner === undefined && !facts.listening.some(isWanted)) return [];
      const shown = `${port.address}:${port.port}/${port.protocol}`;
      const who = owner === undefined ? 'a program' : `the container ${owner.name}`;
      const look = `ss -${port.protocol === 'tcp' ? 't' : 'u'}lpn 'sport = :${port.port}'`;
      return [
        {
          reason: `${shown} on ${facts.host} is taken by ${who}`,
          fix:
            (owner === undefined ? `see which with ${look}, and stop it` : `stop ${owner.name}`) +
            (port.port === dnsPort && hasZone(release) ? leaveZone(release) : ''),
        },
      ];
    });
  },
};

/** Whether it answers for a zone: a file with a serial. A service of the operator may have port 53, too. */
function hasZone({ files }: Release): boolean {
  return files.some(({ serialPlaceholder }) => serialPlaceholder !== undefined);
}

/** Two DNS servers do not go on one address, but the one that is there can have the records. */
function leaveZone({ environment, service }: Release): string {
  return (
    `; or leave the zone to your own DNS server: mode: none and server in libs/inventory/environments/${environment}/dns.yaml, ` +
    `and remove ${service} from the services of its host`
  );
}

function overlaps(left: string, right: string): boolean {
  const [a, b] = [canonicalAddress(left), canonicalAddress(right)];
  return (
    a === b || [a, b].some((address) => address === '0.0.0.0' || address === '::' || address === '')
  );
}
