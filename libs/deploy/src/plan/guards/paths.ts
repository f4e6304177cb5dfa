import type { Guard } from './guard';
import type { HostFacts } from '../../facts/host-facts';

/** The service ran elsewhere and left data there, which cannot move yet. */
export const movesWithData: Guard = {
  name: 'move-with-data',
  isOverridable: true,
  check: (release, facts, context) => {
    if (!release.directories.some((directory) => directory.purpose === 'data')) return [];
    if (facts.services[release.service]?.current !== undefined) return [];
    // It runs on its other hosts: a new instance may start empty.
    const isPlacedElsewhere = context.allFacts.some(
      ({ host, services }) =>
        context.placedOn.includes(host) &&
        services[release.service]?.current?.environment === release.environment,
    );
    const silent = (context.silentHosts ?? [])
      .filter((host) => !isPlacedElsewhere && !context.placedOn.includes(host))
      .map((host) => ({
        reason: `${release.service} is new on ${facts.host}, and ${host}, which may hold its data, did not answer`,
        fix: `make ${host} reachable, then deploy again`,
      }));
    const moved = context.allFacts
      .filter(
        (hostFacts) => hostFacts.host !== facts.host && !context.placedOn.includes(hostFacts.host),
      )
      .filter((hostFacts) => hasData(release.service, hostFacts))
      .map((hostFacts) => ({
        reason: `${release.service} has data on ${hostFacts.host}, and data cannot move to ${facts.host} yet`,
        fix: `place ${release.service} on ${hostFacts.host} again`,
      }));
    return [...moved, ...silent];
  },
};

/** Whether a service that was deployed here left anything in its data directories. */
function hasData(service: string, facts: HostFacts): boolean {
  const recorded = facts.services[service]?.current?.directories ?? [];
  return recorded
    .filter(({ purpose }) => purpose === 'data')
    .map(({ path }) => facts.paths[path])
    .some((fact) => fact !== undefined && !(fact.kind === 'directory' && fact.isEmpty));
}

/** What the operator wants mounted and what is not there: Docker would make an empty directory, or fail half-way. */
export const hostPathMissing: Guard = {
  name: 'host-path-missing',
  isOverridable: false,
  check: (release, facts) => {
    return (release.hostPaths ?? [])
      .filter((path) => facts.paths[path] === undefined)
      .map((path) => ({
        reason: `${path}, which ${release.service} mounts, is not on ${facts.host}`,
        fix: `put it there, or correct the option in apps/${release.service}/environments/${release.environment}.yaml`,
      }));
  },
};

/**
 * A directory where a file has to be, or a file where a directory has to be: Docker creates a directory when the source
 * of a bind mount is missing.
 */
export const pathTaken: Guard = {
  name: 'path-taken',
  isOverridable: false,
  check: (release, facts) => {
    const wanted = [
      ...release.files.map(({ path }) => ({ path, kind: 'file' })),
      ...release.directories.map(({ path }) => ({ path, kind: 'directory' })),
    ];
    return wanted
      .filter(
        ({ path, kind }) => facts.paths[path] !== undefined && facts.paths[path].kind !== kind,
      )
      .map(({ path, kind }) => ({
        reason: `${path} on ${facts.host} is not a ${kind}`,
        fix: `look at it and move it away: mv ${path} ${path}.old`,
      }));
  },
};
