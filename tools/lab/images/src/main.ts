import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DoubleImage } from '../../doubles/images';
import type { LabImage, RealLayers, Versions } from './lab-images';
import { doubleImage, programs, realImages, withSecondTags } from './lab-images';
import type { Entry } from './layers';
import { bindCapability, readLayer, writeLayer } from './layers';
import type { Layer } from './registry-storage';
import { writeImage } from './registry-storage';

interface Published {
  readonly name: string;
  readonly tag: string;
  readonly kind: string;
  readonly digest: string;
  readonly megabytes: number;
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function requireLayer(stage: string, name: string): Promise<Layer> {
  const layer = await readLayer(stage, name);
  if (layer === undefined) throw new Error(`the build left no layer "${name}"`);
  return layer;
}

async function corednsLayer(stage: string, layers: string): Promise<Layer | undefined> {
  const content = await readFile(join(stage, 'coredns')).catch(() => undefined);
  if (content === undefined) return undefined;
  const capabilities = bindCapability;
  return writeLayer(layers, [{ path: '/coredns', content, mode: '755', capabilities }]);
}

/** Makes a program trust the lab's model registry, and nobody else. */
async function modelTrustLayer(cache: string): Promise<Layer> {
  const content = await readFile(join(cache, 'model-registry/cert.pem'));
  const path = '/etc/ssl/certs/ca-certificates.crt';
  return writeLayer(join(cache, 'layers'), [{ path, content, mode: '644' }]);
}

const packed = [
  'python',
  'litellm',
  'certs',
  'traefik',
  'llama',
  'ollama',
  'vllm',
  'bookworm',
  'open-webui',
];

async function readReal(stage: string, cache: string, versions: Versions): Promise<LabImage[]> {
  const read = await Promise.all(
    packed.map(async (name) => [name, await readLayer(stage, name)] as const),
  );
  const coredns = await corednsLayer(stage, join(cache, 'layers'));
  const modelTrust = await modelTrustLayer(cache);
  const layers: RealLayers = { ...Object.fromEntries(read), coredns, modelTrust };
  return realImages(versions, layers);
}

async function readDouble(stage: string, layers: string, double: string, versions: Versions) {
  const directory = join(stage, 'doubles', double);
  const image = JSON.parse(await readFile(join(directory, 'image.json'), 'utf8')) as DoubleImage;
  const content = await readFile(join(directory, 'server.mjs'));
  const entries: Entry[] = [
    { path: '/opt/double/server.mjs', content, mode: '755' },
    ...[image.workdir, ...image.volumes]
      .filter((path) => path !== '/' && path !== '/root')
      .map((path) => ({ path, directory: true as const })),
    ...image.files.map((file) =>
      'link' in file ? file : { ...file, content: Buffer.from(file.content) },
    ),
  ];
  const tools = image.tools.includes('curl') ? ['curl', 'certs'] : [];
  const base = await Promise.all(['node', ...tools].map((name) => requireLayer(stage, name)));
  return doubleImage(double, image, versions, [...base, await writeLayer(layers, entries)]);
}

async function applyImages(storage: string, images: readonly LabImage[]): Promise<Published[]> {
  const published: Published[] = [];
  for (const image of images) {
    const { name, tag, kind, layers } = image;
    const digest = await writeImage(storage, image, process.arch);
    const megabytes = Math.round(layers.reduce((sum, { size }) => sum + size, 0) / 1e6);
    published.push({ name, tag, kind, digest, megabytes });
  }
  return published;
}

interface Kind {
  readonly kind: 'real' | 'offline' | 'missing';
  readonly reason?: string;
}

/** By program: `{kind: "real"}`, `offline` (its registry cannot be reached) or `missing` (its build failed), with the reason. */
async function readKinds(stage: string): Promise<Record<string, Kind>> {
  const kinds: Record<string, Kind> = {};
  for (const name of programs) {
    const missing = await readText(join(stage, `${name}.missing`));
    const offline = await readText(join(stage, `${name}.offline`));
    if (missing !== undefined) kinds[name] = { kind: 'missing', reason: missing };
    else if (offline !== undefined) kinds[name] = { kind: 'offline', reason: offline.trim() };
    else kinds[name] = { kind: 'real' };
  }
  return kinds;
}

/** Writes a storage directory of its own, named after what is in it, and its name into the stage. */
async function publish(stage: string, cache: string, versions: Versions): Promise<void> {
  const layers = join(cache, 'layers');
  const images = await readReal(stage, cache, versions);
  const kinds = await readKinds(stage);
  for (const double of (await readdir(join(stage, 'doubles'))).sort()) {
    images.push(await readDouble(stage, layers, double, versions));
  }
  const all = withSecondTags(images);
  const key = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 12);
  const storage = join(cache, `registry-${key}`);
  const fresh = `${storage}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const published = await applyImages(fresh, all);
  await writeFile(join(fresh, 'images.json'), `${JSON.stringify(published, null, 2)}\n`);
  await writeFile(join(fresh, 'programs.json'), `${JSON.stringify(kinds, null, 2)}\n`);
  await rm(storage, { recursive: true, force: true });
  await rename(fresh, storage);
  await writeFile(join(stage, 'registry'), `${basename(storage)}\n`);
}

async function list(cache: string): Promise<void> {
  const text = await readFile(join(cache, 'registry/images.json'), 'utf8');
  for (const { name, tag, kind, digest, megabytes } of JSON.parse(text) as Published[]) {
    const size = `${megabytes} MB`.padStart(7);
    console.log(`${`${name}:${tag}`.padEnd(44)} ${kind.padEnd(7)} ${size}  ${digest}`);
  }
}

async function main(): Promise<void> {
  const [, , first = '', cache = ''] = process.argv;
  if (first === 'list') await list(cache);
  else await publish(first, cache, process.env as Versions);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
