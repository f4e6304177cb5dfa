import { labels } from '@ai-stack/core';
import type { HostFacts } from '../../facts/host-facts';
import type { Guard } from './guard';

/**
 * The host has data of this service and no trace of a deploy: it was reinstalled under its old name, or its records
 * were lost. `destroy` leaves the fence there, and directories without a file in them do not count as data.
 */
export const unrecordedData: Guard = {
  name: 'unrecorded-data',
  isOverridable: true,
  check: (release, facts) => {
    if (hasTraceOfDeploy(facts)) return [];
    const data = release.directories
      .filter(({ purpose }) => purpose === 'data')
      .map(({ path }) => path)
      .filter((path) => {
        const fact = facts.paths[path];
        return fact !== undefined && !(fact.kind === 'directory' && fact.isEmpty);
      });
    if (data.length === 0) return [];
    const { service, stackDirectory } = release;
    const isKeyLost = facts.services[service]?.env === undefined;
    const keys = release.secrets.filter(({ source }) => source.kind === 'generated');
    const lost =
      isKeyLost && keys.length > 0
        ? `; ${keys.map(({ key }) => key).join(', ')} would be generated again`
        : '';
    const away = data.map((path) => `mv ${path} ${path}.old`).join('; ');
    return [
      {
        reason: `${facts.host} has files in ${data.join(', ')} and no record of any deploy: it was reinstalled, its records were lost, or another stack wrote them${lost}`,
        fix: `restore ${stackDirectory} from a copy (.env and .stack), or start without the data (${away}), or let ${service} use the data as it is: adopt it`,
      },
    ];
  },
};

/** A record, a lock that was ever acquired, or a container of ours, of any service. */
function hasTraceOfDeploy({ services, engine }: HostFacts): boolean {
  const isKnown = Object.values(services).some(
    ({ current, journal, converged, fence }) =>
      current !== undefined || journal !== undefined || converged !== undefined || fence > 0,
  );
  return (
    isKnown || engine.containers.some((container) => container.labels[labels.service] !== undefined)
  );
}
