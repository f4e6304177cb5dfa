import type { Manifest } from '@ai-stack/deploy';
import type { ReleaseRow } from '@ai-stack/report';

/** Rows of the releases of one service on one host. Newest first, as they are listed: the first was deployed last. Pure. */
export function releaseRows(manifests: readonly Manifest[]): ReleaseRow[] {
  return manifests.map(({ service, host, release, when, who, commit, containers }, at) => {
    const images = containers.map(({ image }) => image);
    return { service, host, release, isCurrent: at === 0, when, who, commit, images };
  });
}
