import type { ImageFact } from '@ai-stack/docker';
import type { UploadFile } from '@ai-stack/ssh';
import type { SeenRelease } from './containers';
import { dataStaging, tellStep, type ApplyDeps } from './context';
import { recordScript } from './scripts';
import type { Manifest } from '../state-files';
import { formatState } from '../state-files';
import type { PlannedRelease } from '../plan/plan-release';
import { renderManifest, type Author } from './manifest';

/** How many releases stay on the host for a rollback. */
const keptReleases = 5;

/** Keeps the images under a local tag, then writes the release and, last, the manifest. */
export async function recordRelease(
  planned: PlannedRelease,
  seen: SeenRelease,
  deps: ApplyDeps,
): Promise<Manifest> {
  const { release, plan } = planned;
  tellStep(planned, deps, 'record', `recording release ${plan.release}`);
  const repository = keptRepository(release.service);
  const tagged = release.containers.map(({ name, image }) =>
    deps.engine.tagImage(image, repository, `${plan.release}-${name}`),
  );
  await Promise.all(tagged);
  const manifest = renderManifest(planned, seen.containers, seen.images, deps.author);
  const state = `${release.stackDirectory}/.stack`;
  await deps.connection.upload(
    recordFiles(planned, manifest, deps.author),
    `${state}/releases/.new`,
    deps.fence,
  );
  const args = [state, plan.release, String(keptReleases), dataStaging(planned, deps)];
  const { stdout } = await deps.connection.script(recordScript, args, {
    before: deps.fence,
    doing: `recording release ${plan.release}`,
  });
  await dropImageTags(stdout.split('\n').filter(Boolean), repository, seen.images, deps);
  return manifest;
}

function recordFiles(planned: PlannedRelease, manifest: Manifest, author: Author): UploadFile[] {
  const { release, plan } = planned;
  const actions = plan.actions.filter((action) => action.verb !== 'keep');
  const audit = {
    when: author.when,
    who: author.who,
    commit: author.commit,
    release: plan.release,
    actions,
  };
  const { commit, when } = author;
  return [
    { path: 'manifest.json', content: formatState(manifest) },
    { path: 'release.json', content: `${JSON.stringify(release)}\n` },
    { path: 'log.jsonl', content: `${JSON.stringify(audit)}\n` },
    {
      path: 'converged.json',
      content: formatState({ version: 1, commit, release: plan.release, when }),
    },
    ...planned.files.map(({ file, content }) => ({ path: `files${file.path}`, content })),
  ].map((file) => ({ ...file, mode: 0o600 }));
}

/** The repository whose tags keep a service's images from being pruned. */
export function keptRepository(service: string): string {
  return `ai-stack.local/${service}`;
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
