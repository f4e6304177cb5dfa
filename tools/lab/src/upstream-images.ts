import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { StackError } from '@ai-stack/core';
import { execa } from 'execa';
import { parse } from 'yaml';

/** One rendered compose file: its path inside `dist/render/lab` and its text. */
export interface RenderedCompose {
  readonly path: string;
  readonly text: string;
}

/** The images that each host's rendered services name, both sorted. Pure. */
export function imagesByHost(files: readonly RenderedCompose[]): Map<string, string[]> {
  const byHost = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    const host = path.split('/')[1] ?? '';
    const { services = {} } = parse(text) as { services?: Record<string, { image?: string }> };
    const images = byHost.get(host) ?? new Set<string>();
    for (const { image } of Object.values(services)) if (image !== undefined) images.add(image);
    byHost.set(host, images);
  }
  return new Map([...byHost].sort().map(([host, images]) => [host, [...images].sort()]));
}

/** Reads every rendered compose file of the lab; throws when nothing is rendered yet. */
export async function readRenderedCompose(root: string): Promise<RenderedCompose[]> {
  const folder = join(root, 'dist/render/lab');
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found = names.filter((name) => name.endsWith('/compose.yaml'));
  if (found.length === 0) {
    throw new StackError('nothing is rendered for the lab, so its images are not known', {
      where: { file: relative(root, folder) },
      fix: 'npx nx run-many -t render --configuration=lab',
    });
  }
  return Promise.all(
    found.map(async (path) => ({ path, text: await readFile(join(folder, path), 'utf8') })),
  );
}

/**
 * Pulls upstream's own images with this machine's Docker and loads them into the hosts.
 * Not tested: it needs an image registry, which the project's own tests never reach.
 */
export async function applyUpstreamImages(
  root: string,
  report: (line: string) => void,
): Promise<void> {
  for (const [host, images] of imagesByHost(await readRenderedCompose(root))) {
    for (const image of images) {
      report(`pulling ${image}`);
      await execa('docker', ['pull', '--quiet', image], { stdin: 'ignore' });
    }
    report(`loading ${images.length} images into ${host}`);
    const console = [join(root, 'tools/lab/hosts.sh'), 'exec', host, 'docker', 'load', '--quiet'];
    await execa('docker', ['save', ...images], { stdin: 'ignore', buffer: false }).pipe(
      'bash',
      console,
    );
  }
}
