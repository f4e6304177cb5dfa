import type { Release } from '@ai-stack/core';
import type { ContainerFact } from '@ai-stack/docker';
import type { HostFacts } from './host-facts';

/** Containers of this release's project that we made. */
export function ownContainers(
  release: Pick<Release, 'project'>,
  facts: HostFacts,
): ContainerFact[] {
  return facts.engine.containers.filter(
    (container) =>
      container.project === release.project &&
      container.labels['com.docker.compose.oneoff']?.toLowerCase() !== 'true',
  );
}
