import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Release } from '@ai-stack/core';
import { sortKeys, without } from './hash';

/**
 * Writes releases as `<directory>/<env>/<service>/<host>/` with the host's absolute paths below it, and manifest.json.
 * What an earlier render of the same services left there is removed. Returns the written paths, sorted.
 */
export async function writeTree(
  releases: readonly Release[],
  directory: string,
): Promise<string[]> {
  const serviceDirectories = new Set(
    releases.map(({ environment, service }) => join(directory, environment, service)),
  );
  for (const serviceDirectory of serviceDirectories)
    await rm(serviceDirectory, { recursive: true, force: true });
  const written: string[] = [];
  for (const release of releases) {
    const root = join(directory, release.environment, release.service, release.host);
    const files = release.files.map(({ path, content }) => ({ path: join(root, path), content }));
    files.push({ path: join(root, 'manifest.json'), content: renderManifest(release) });
    for (const { path, content } of files) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      written.push(path);
    }
  }
  return written.sort();
}

/** manifest.json: the release without file contents, probes and what compose.yaml says already, keys in order. */
export function renderManifest(release: Release): string {
  const files = release.files.map((file) => without(file, 'content'));
  return (
    JSON.stringify(
      sortKeys({
        ...without(
          release,
          ...(['probes', 'warnings', 'settings', 'hostPaths', 'gpuDriver', 'imageNeeds'] as const),
        ),
        files,
      }),
      null,
      2,
    ) + '\n'
  );
}
