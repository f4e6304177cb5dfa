import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf } from './oci';
import type { Image } from './registry-storage';
import { writeImage } from './registry-storage';

let directory: string;
let image: Image;
const readText = (...path: string[]) =>
  readFileSync(join(directory, 'docker/registry/v2', ...path), 'utf8');
const blob = (digest: string) => join('blobs/sha256', digest.slice(7, 9), digest.slice(7), 'data');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'storage-'));
  const file = join(directory, 'layer.tar');
  writeFileSync(file, 'a layer');
  const layers = [{ file, digest: digestOf('a layer'), size: 7 }];
  image = { name: 'library/traefik', tag: 'v3', config: { Cmd: ['x'] }, layers };
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('writeImage', () => {
  it('lays out tag, manifest, configuration and layer so that each leads to the next', async () => {
    const digest = await writeImage(directory, image, 'x64');
    const manifests = 'repositories/library/traefik/_manifests';
    expect(readText(manifests, 'tags/v3/current/link')).toBe(digest);
    expect(readText(manifests, 'revisions/sha256', digest.slice(7), 'link')).toBe(digest);
    const text = readText(blob(digest));
    expect(digestOf(text)).toBe(digest);
    const manifest = JSON.parse(text) as {
      config: { digest: string; size: number };
      layers: { digest: string; size: number }[];
    };
    const config = readText(blob(manifest.config.digest));
    expect(digestOf(config)).toBe(manifest.config.digest);
    expect(config).toHaveLength(manifest.config.size);
    expect(JSON.parse(config)).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['x'] },
      rootfs: { diff_ids: [digestOf('a layer')] },
    });
    expect(manifest.layers).toMatchObject([{ digest: digestOf('a layer'), size: 7 }]);
    expect(readText(blob(digestOf('a layer')))).toBe('a layer');
    const linked = join(
      directory,
      'docker/registry/v2/repositories/library/traefik/_layers/sha256',
    );
    expect(existsSync(join(linked, digestOf('a layer').slice(7), 'link'))).toBe(true);
  });

  it('links a layer instead of copying it, also when a second tag has it', async () => {
    await writeImage(directory, image, 'x64');
    await writeImage(directory, { ...image, tag: 'v4' }, 'x64');
    const stored = join(directory, 'docker/registry/v2', blob(digestOf('a layer')));
    expect(statSync(stored).ino).toBe(statSync(join(directory, 'layer.tar')).ino);
  });

  it('gives the same input the same digest, and another label another one', async () => {
    const digest = await writeImage(directory, image, 'x64');
    expect(await writeImage(directory, image, 'x64')).toBe(digest);
    const relabelled = { ...image, config: { ...image.config, Labels: { a: 'b' } } };
    expect(await writeImage(directory, relabelled, 'x64')).not.toBe(digest);
  });
});
