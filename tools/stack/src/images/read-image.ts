import { createHash } from 'node:crypto';
import type { RegistrySettings } from '@ai-stack/docker';
import { z } from 'zod';
import type { Asking } from './ask-registry';
import { endpointsOf, parseImageName } from './endpoints';
import { NoImage } from './no-image';
import { Repository } from './repository';

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const configTypes = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];
const accept = [...indexTypes, ...manifestTypes].join(', ');

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const platformSchema = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});
const indexSchema = z.object({
  manifests: z.array(z.object({ digest: digestSchema, platform: platformSchema.optional() })),
});
const manifestSchema = z.object({
  config: z.object({ mediaType: z.string(), digest: digestSchema }),
});
const words = z.array(z.string()).nullish();
const keys = z.record(z.string(), z.unknown()).nullish();
const configSchema = platformSchema.extend({
  config: z
    .object({
      User: z.string().nullish(),
      Entrypoint: words,
      Cmd: words,
      WorkingDir: z.string().nullish(),
      ExposedPorts: keys,
      Volumes: keys,
    })
    .nullish(),
});

/** What the configuration of an image says, as far as we compare it. */
export interface ImageConfig {
  /** Of what was asked for by tag or digest. */
  digest: string;
  /** Where it was read. */
  from: string;
  /** `linux/amd64` */
  platform: string;
  /** Other platforms under the same name. */
  otherPlatforms: string[];
  user: string;
  entrypoint: string[];
  command: string[];
  workingDirectory: string;
  /** `8080/tcp` */
  ports: string[];
  volumes: string[];
}

/** The registry has the image, and not for this architecture. */
export class WrongPlatform extends NoImage {
  constructor(
    architecture: string,
    readonly platforms: readonly string[],
    readonly digest: string,
    readonly from: string,
  ) {
    const fix = `choose a tag for linux/${architecture}`;
    super(`the image is not for linux/${architecture}`, fix, true);
  }
}

/**
 * Reads manifest and configuration of an image for an architecture, and no layer of it. Asks the registry's addresses in
 * the order of the engine, until one answers. Throws a NoImage.
 */
export async function readImage(
  image: string,
  architecture: string,
  settings: RegistrySettings,
  asking: Asking,
): Promise<ImageConfig> {
  const { registry, repository, reference } = parseImageName(image);
  let failure = new NoImage('no registry was asked', 'correct the name of the image', false);
  for (const endpoint of endpointsOf(registry, settings)) {
    const from = new Repository(endpoint, repository, asking);
    try {
      return await readFrom(from, reference, architecture);
    } catch (error) {
      if (!(error instanceof NoImage)) throw error;
      // What a registry answered says more than that another address of it is silent.
      if (error.isAnswer || !failure.isAnswer) failure = error;
      if (asking.signal.aborted) break;
    }
  }
  throw failure;
}

async function readFrom(
  from: Repository,
  reference: string,
  architecture: string,
): Promise<ImageConfig> {
  const first = await readManifest(from, reference);
  const { digest } = first;
  const { manifest, others } = indexTypes.includes(first.type)
    ? await readPlatform(from, first, architecture)
    : { manifest: first, others: [] };
  if (!manifestTypes.includes(manifest.type))
    throw notAnImage(`its manifest is of the type ${manifest.type}`);
  const { config } = parse(manifestSchema, manifest.text);
  if (!configTypes.includes(config.mediaType))
    throw notAnImage(`it holds ${config.mediaType}, which no container runs from`);
  const text = checked(await from.get('blobs', config.digest), config.digest);
  const read = parse(configSchema, text);
  const { User, Entrypoint, Cmd, WorkingDir, ExposedPorts, Volumes } = read.config ?? {};
  return {
    ...{ digest, from: from.origin, platform: nameOf(read), otherPlatforms: others },
    user: User ?? '',
    entrypoint: Entrypoint ?? [],
    command: Cmd ?? [],
    workingDirectory: WorkingDir ?? '',
    ports: Object.keys(ExposedPorts ?? {}).sort(),
    volumes: Object.keys(Volumes ?? {}).sort(),
  };
}

interface Manifest {
  type: string;
  text: string;
  digest: string;
}

async function readManifest(from: Repository, reference: string): Promise<Manifest> {
  const { headers, body } = await from.get('manifests', reference, accept);
  const announced = headers['docker-content-digest'];
  const digest = digestSchema.safeParse(reference).data ?? digestSchema.safeParse(announced).data;
  const text = digest === undefined ? body.toString('utf8') : checked({ body }, digest);
  // The type is also in most manifests; the header is what the registry says that it is.
  const type = (headers['content-type'] ?? '').replace(/;.*$/, '').trim();
  return { type, text, digest: digest ?? digestOf(body) };
}

async function readPlatform(from: Repository, index: Manifest, architecture: string) {
  const entries = parse(indexSchema, index.text).manifests.flatMap(({ digest, platform }) =>
    // Attestations are entries of an unknown platform.
    platform === undefined || platform.os === 'unknown' ? [] : [{ digest, platform }],
  );
  const fitting = entries.find(({ platform }) => isFor(platform, architecture));
  const names = [...new Set(entries.map(({ platform }) => nameOf(platform)))].sort();
  if (fitting === undefined)
    throw new WrongPlatform(architecture, names, index.digest, from.origin);
  const name = nameOf(fitting.platform);
  return {
    manifest: await readManifest(from, fitting.digest),
    others: names.filter((candidate) => candidate !== name),
  };
}

/** The engine's own choice: Linux on this processor; which generation of it, the engine decides. */
export function isFor(platform: { os: string; architecture: string }, architecture: string) {
  return platform.os === 'linux' && platform.architecture === architecture;
}

function nameOf({ os, architecture, variant }: z.infer<typeof platformSchema>): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** The text of a content, once its hash is the one by which it was asked for. */
function checked({ body }: { body: Buffer }, digest: string): string {
  if (digestOf(body) === digest) return body.toString('utf8');
  throw new NoImage(
    `the registry sends another content than ${digest.slice(0, 19)}...`,
    'ask again; when it goes on, look at the registry, or at the proxy in front of it',
    true,
  );
}

function digestOf(body: Buffer): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new NoImage(
      'the registry answers with something that is not a description of an image',
      'see whether the name of the image leads to a registry',
      true,
      cause,
    );
  }
}

function notAnImage(why: string): NoImage {
  return new NoImage(`this is not an image for containers: ${why}`, 'correct its name', true);
}
