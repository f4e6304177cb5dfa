import type { ImageFact } from '@ai-stack/docker';
import type { UploadFile } from '@ai-stack/ssh';
import { actionsOf, ofKind } from '../plan/change';
import { dataStaging, type ApplyDeps, type ApplyStep } from './context';
import { keptRepository } from '../kept-releases';
import type { Manifest } from '../state-files';
import { formatState, releaseId } from '../state-files';
import type { PlannedRelease } from '../plan/plan-release';
import { renderManifest, type Author } from './manifest';
import { recordScript } from './record-script';

/** How many releases stay on the host for a rollback. */
const keptReleases = 5;

/** Keeps the images under a local tag, then writes the release and, last, the manifest. */
export const recordRelease: ApplyStep = {
  name: 'record',
  text: ({ planned }) => `recording release ${idOf(planned)}`,
  isNeeded: () => true,
  run: async (work) => {
    const { planned, deps, seen = { containers: [], images: [] } } = work;
    const { release } = planned;
    const id = idOf(planned);
    const repository = keptRepository(release.service);
    const tagged = release.containers.map(({ name, image }) =>
      deps.engine.tagImage(image, repository, `${id}-${name}`),
    );
    await Promise.all(tagged);
    const manifest = renderManifest(planned, seen.containers, seen.images, deps.author);
    const state = `${release.stackDirectory}/.stack`;
    const files = recordFiles(planned, manifest, deps.author);
    await deps.connection.upload(files, `${state}/releases/.new`, deps.fence);
    const args = [state, id, String(keptReleases), dataStaging(work)];
    const { stdout } = await deps.connection.script(recordScript, args, {
      before: deps.fence,
      doing: `recording release ${id}`,
    });
    await dropImageTags(stdout.split('\n').filter(Boolean), repository, seen.images, deps);
  },
};

function idOf({ release }: PlannedRelease): string {
  return releaseId(release.contentHash);
}

function recordFiles(planned: PlannedRelease, manifest: Manifest, author: Author): UploadFile[] {
  const { release, changes } = planned;
  const id = idOf(planned);
  const audit = {
    when: author.when,
    who: author.who,
    commit: author.commit,
    release: id,
    actions: changes.flatMap(actionsOf).filter(({ verb }) => verb !== 'keep'),
  };
  const { commit, when } = author;
  return [
    { path: 'manifest.json', content: formatState(manifest) },
    { path: 'release.json', content: `${JSON.stringify(release)}\n` },
    { path: 'log.jsonl', content: `${JSON.stringify(audit)}\n` },
    {
      path: 'converged.json',
      content: formatState({ version: 1, commit, release: id, when }),
    },
    ...ofKind(changes, 'file').map(({ file, content }) => ({ path: `files${file.path}`, content })),
  ].map((file) => ({ ...file, mode: 0o600 }));
}

/** A tag that cannot be removed only keeps an image for longer. */
async function dropImageTags(
  releases: readonly string[],
  repository: string,
  images: readonly ImageFact[],
  { engine }: ApplyDeps,
): Promise<void> {
  const stale = images
    .flatMap((image) => image.tags)
    .filter((tag) => releases.some((id) => tag.startsWith(`${repository}:${id}-`)));
  await Promise.allSettled(stale.map((tag) => engine.removeImageTag(tag)));
}
