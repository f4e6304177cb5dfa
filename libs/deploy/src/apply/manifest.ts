import type { Release } from '@ai-stack/core';
import type { ContainerFact, ImageFact } from '@ai-stack/docker';
import { configHashLabel } from '../plan/container';
import type { Manifest } from '../state-files';
import { releaseId } from '../state-files';
import { ofKind } from '../plan/change';
import type { PlannedRelease } from '../plan/plan-release';

/** The operator, the commit and the time of a deploy. */
export interface Author {
  commit: string | null;
  who: string;
  /** ISO 8601. */
  when: string;
}

/** The manifest of what was read back. Pure. */
export function renderManifest(
  planned: Pick<PlannedRelease, 'release' | 'changes'>,
  containers: readonly ContainerFact[],
  images: readonly ImageFact[],
  author: Author,
): Manifest {
  const { release, changes } = planned;
  return {
    version: 1,
    release: releaseId(release.contentHash),
    contentHash: release.contentHash,
    environment: release.environment,
    service: release.service,
    host: release.host,
    project: release.project,
    ...author,
    files: ofKind(changes, 'file').map(({ file, writtenSha256, serial }) => ({
      path: file.path,
      mode: file.mode,
      sha256: file.sha256,
      writtenSha256,
      ...(serial !== undefined && { serial }),
    })),
    directories: release.directories.map(({ path, mode, uid, gid, purpose }) => ({
      path,
      mode,
      uid,
      gid,
      purpose,
    })),
    containers: release.containers.map((container) =>
      recordContainer(container, containers, images),
    ),
    networks: release.networks.filter((network) => network.ours).map(({ name }) => name),
    envSha256: ofKind(changes, 'env')[0]?.sha256 ?? null,
    models: [...release.pullModels],
  };
}

function recordContainer(
  wanted: Release['containers'][number],
  containers: readonly ContainerFact[],
  images: readonly ImageFact[],
): Manifest['containers'][number] {
  const fact = containers.find((container) => container.service === wanted.name);
  const image = images.find((candidate) => candidate.id === fact?.imageId);
  return {
    name: wanted.name,
    image: wanted.image,
    imageId: fact?.imageId ?? '',
    imageDigests: [...(image?.digests ?? [])],
    contentHash: wanted.contentHash,
    configHash: fact?.labels[configHashLabel] ?? '',
  };
}
