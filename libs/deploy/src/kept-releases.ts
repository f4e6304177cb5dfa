import { StackError, type Release } from '@ai-stack/core';
import { findImage, type Engine } from '@ai-stack/docker';
import type { Connection } from '@ai-stack/ssh';
import { manifestSchema, parseState, type Manifest } from './state-files';

/** `$1` the directory of a service: a line for each release that is kept, id and manifest. */
const listScript = `set -u
for directory in "$1"/.stack/releases/*/; do
  directory=\${directory%/}
  [ -f "$directory/manifest.json" ] || continue
  printf '\\n%s %s\\n' "\${directory##*/}" "$(base64 <"$directory/manifest.json" | tr -d '\\n')"
done`;
/** `$1` the directory of a kept release. */
const readScript = `set -eu
echo
base64 <"$1/release.json" | tr -d '\\n'`;

/** The releases of a service that its host keeps whole, newest first. A damaged one is left out. */
export async function listReleases(connection: Connection, directory: string): Promise<Manifest[]> {
  const { stdout } = await connection.script(listScript, [directory], {
    doing: 'reading the releases that it keeps',
  });
  return stdout
    .split('\n')
    .flatMap((line) => {
      const [, id, encoded = ''] = /^([0-9a-f]{12}) (\S+)$/.exec(line) ?? [];
      const text = Buffer.from(encoded, 'base64').toString('utf8');
      const manifest = id === undefined ? undefined : parseState(manifestSchema, text);
      return manifest?.release === id && manifest !== undefined ? [manifest] : [];
    })
    .sort((left, right) => (left.when < right.when ? 1 : -1));
}

/** A kept release as it was rendered. Throws a StackError when it is gone or damaged. */
export async function readRelease(
  connection: Connection,
  directory: string,
  id: string,
): Promise<Release> {
  const path = `${directory}/.stack/releases/${id}`;
  const { stdout, exitCode } = await connection.script(readScript, [path], {
    doing: `reading release ${id}`,
    allowFailure: true,
  });
  const release = exitCode === 0 ? parseRelease(stdout, directory, id) : undefined;
  if (release !== undefined) return release;
  throw new StackError(`release ${id} is not kept, or damaged, in ${path}`, {
    where: { host: connection.host },
    fix: 'releases shows which are; deploy the commit that it came from instead',
  });
}

function parseRelease(stdout: string, directory: string, id: string): Release | undefined {
  try {
    const encoded = stdout.trim().split('\n').at(-1) ?? '';
    const release = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Omit<
      Release,
      'migration'
    > &
      Partial<Pick<Release, 'migration'>>;
    const isWhole =
      release.contentHash.startsWith(id) &&
      release.stackDirectory === directory &&
      [release.files, release.containers, release.secrets].every(Array.isArray);
    // Written before there were migrations: then nothing is known of them.
    return isWhole ? { ...release, migration: release.migration ?? 'any-version' } : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the references of a release name the images with which it ran, which are kept by a tag of ours. */
export async function restoreImages(engine: Engine, release: Release, id: string): Promise<void> {
  const { images } = await engine.collectFacts();
  for (const { name, image } of release.containers) {
    const kept = `${keptRepository(release.service)}:${id}-${name}`;
    const wanted = findImage(images, kept)?.id;
    const split = /^(.*):([^:/@]+)$/.exec(image);
    // A digest says by itself which image it means; without a kept one there is only the registry.
    if (wanted === undefined || split === null || findImage(images, image)?.id === wanted) continue;
    await engine.tagImage(kept, split[1] ?? '', split[2] ?? '');
  }
}

/** The repository whose tags keep a service's images from being pruned. */
export function keptRepository(service: string): string {
  return `ai-stack.local/${service}`;
}
