import type { Release, ReleaseContainer } from '@ai-stack/core';
import { readinessOf, type ContainerFact } from '@ai-stack/docker';
import type { ContainerVerdict } from './container';
import { composeServices } from './compose-file';

/**
 * Whether the new container can start while the old one runs, so that no request fails. Traefik drops a router that two
 * containers define in two ways, and a port can be published once. Pure.
 */
export function canStartFirst(
  release: Release,
  container: ReleaseContainer,
  running: readonly ContainerFact[],
  verdict: ContainerVerdict,
): boolean {
  return (
    release.updateOrder === 'start-first' &&
    verdict.verb === 'replace' &&
    container.drain !== undefined &&
    running.some((fact) => readinessOf(fact) === 'healthy') &&
    running.every(({ ports }) => ports.length === 0) &&
    running.every((fact) => sameRoutes(fact.labels, labelsOf(release, container.name)))
  );
}

function sameRoutes(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  const routes = (labels: Readonly<Record<string, string>>): string =>
    JSON.stringify(
      Object.entries(labels)
        .filter(([key]) => key.startsWith('traefik.'))
        .sort(),
    );
  return routes(before) === routes(after);
}

/** The labels that a container gets from compose.yaml. */
export function labelsOf(release: Release, name: string): Record<string, string> {
  const { labels = {} } = (composeServices(release)[name] ?? {}) as {
    labels?: Record<string, unknown>;
  };
  // Two dollar signs are one in a compose file.
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [key, String(value).replaceAll('$$', '$')]),
  );
}
