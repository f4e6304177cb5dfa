import { link, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Blob, ImageConfig } from './oci';
import { digestOf, renderConfig, renderManifest } from './oci';

/** A layer's plain tar file on the disk of the storage, with its digest. */
export interface Layer extends Blob {
  readonly file: string;
}

/** One image under one repository path without registry host, e.g. `library/traefik`. */
export interface Image {
  readonly name: string;
  readonly tag: string;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

const hexOf = (digest: string) => digest.replace('sha256:', '');
const blobPath = (digest: string) => {
  const hex = hexOf(digest);
  return join('blobs/sha256', hex.slice(0, 2), hex, 'data');
};

/**
 * Writes an image into the storage of docker-registry (2.x, file system driver) and returns the digest
 * of its manifest. Layers are hard links, so they take no space; the tag is written last.
 */
export async function writeImage(storage: string, image: Image, arch: string): Promise<string> {
  const root = join(storage, 'docker/registry/v2');
  const repository = join('repositories', image.name);
  const config = renderConfig(image.config, image.layers, arch);
  const manifest = renderManifest(config, image.layers);
  const digest = digestOf(manifest);
  for (const layer of image.layers) {
    await linkFile(layer.file, join(root, blobPath(layer.digest)));
  }
  await writeText(join(root, blobPath(digestOf(config))), config);
  await writeText(join(root, blobPath(digest)), manifest);
  for (const blob of [digestOf(config), ...image.layers.map((layer) => layer.digest)]) {
    await writeText(join(root, repository, '_layers/sha256', hexOf(blob), 'link'), blob);
  }
  const manifests = join(root, repository, '_manifests');
  const tag = join(manifests, 'tags', image.tag);
  await writeText(join(manifests, 'revisions/sha256', hexOf(digest), 'link'), digest);
  await writeText(join(tag, 'index/sha256', hexOf(digest), 'link'), digest);
  await writeText(join(tag, 'current/link'), digest);
  return digest;
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function linkFile(file: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const exists = await stat(path).catch(() => undefined);
  if (exists === undefined) await link(file, path);
}
