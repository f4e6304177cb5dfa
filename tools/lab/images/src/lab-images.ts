import type { DoubleImage } from '../../doubles/images';
import type { ImageConfig } from './oci';
import type { Image, Layer } from './registry-storage';

/** The names of the images' versions in versions.env. */
export type Versions = Readonly<Record<string, string>>;

/** An image before it has its second tag; `kind` says whether the program in it is the real one. */
export interface LabImage extends Image {
  readonly kind: 'real' | 'double';
}

/** The layers of the parts that are there. */
export interface RealLayers {
  readonly python?: Layer;
  readonly litellm?: Layer;
  readonly certs?: Layer;
  readonly traefik?: Layer;
  readonly coredns?: Layer;
  readonly llama?: Layer;
  readonly ollama?: Layer;
  readonly vllm?: Layer;
  readonly modelTrust?: Layer;
  readonly bookworm?: Layer;
  readonly 'open-webui'?: Layer;
}

/** The programs that are made here from packages; one whose registry cannot be reached is not there. */
export const programs = ['coredns', 'litellm', 'ollama', 'open-webui', 'traefik', 'vllm'] as const;

type Place = readonly [repository: string, version: string];
const doubleNames: Readonly<Record<string, Place>> = {
  'qdrant-double': ['qdrant/qdrant', 'QDRANT_TAG'],
  'idp-double': ['ai-stack-lab/idp-double', 'IDP_TAG'],
  'echo-double': ['ai-stack-lab/echo-double', 'ECHO_TAG'],
};

const versionOf = (versions: Versions, key: string) => {
  const version = versions[key];
  if (version === undefined) throw new Error(`versions.env has no ${key}`);
  return version;
};
const ports = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, {}] as const));

const litellmConfig: ImageConfig = {
  Entrypoint: ['litellm'],
  Cmd: ['--port', '4000'],
  Env: [
    'PATH=/app/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LANG=C.UTF-8',
  ],
  WorkingDir: '/app',
  ExposedPorts: ports('4000/tcp'),
};
// As upstream's image, but for where the packages lie.
const openWebuiConfig: ImageConfig = {
  Cmd: ['bash', 'start.sh'],
  Env: [
    'PATH=/app/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LANG=C.UTF-8',
    'HOME=/root',
    'ENV=prod',
    'PORT=8080',
    'DOCKER=true',
    'OLLAMA_BASE_URL=/ollama',
    'OPENAI_API_BASE_URL=',
    'DATA_DIR=/app/backend/data',
    'HF_HOME=/app/backend/data/cache/embedding/models',
    'SENTENCE_TRANSFORMERS_HOME=/app/backend/data/cache/embedding/models',
    'TIKTOKEN_CACHE_DIR=/app/backend/data/cache/tiktoken',
  ],
  WorkingDir: '/app/backend',
  ExposedPorts: ports('8080/tcp'),
};
const traefikConfig: ImageConfig = {
  Entrypoint: ['/usr/local/bin/traefik'],
  Env: ['PATH=/usr/local/bin'],
  WorkingDir: '/',
  ExposedPorts: ports('80/tcp'),
};
const corednsConfig: ImageConfig = {
  Entrypoint: ['/coredns'],
  User: '65532:65532',
  WorkingDir: '/',
  ExposedPorts: ports('53/tcp', '53/udp'),
};
const ollamaConfig: ImageConfig = {
  Entrypoint: ['/bin/ollama'],
  Cmd: ['serve'],
  Env: [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'OLLAMA_HOST=0.0.0.0:11434',
  ],
  WorkingDir: '/',
  ExposedPorts: ports('11434/tcp'),
};

// Its Python packages trust whom this file names. PyTorch would compile parts of the sampler with g++ when the
// first question comes; upstream's image has it, this one spares 250 MB and 20 seconds.
const vllmConfig: ImageConfig = {
  Entrypoint: ['vllm', 'serve'],
  Env: [
    'PATH=/app/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LANG=C.UTF-8',
    'HOME=/root',
    'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
    'TORCH_COMPILE_DISABLE=1',
  ],
  WorkingDir: '/',
  ExposedPorts: ports('8000/tcp'),
};

/** The images whose programs are the real ones; a part that is missing is left out. */
export function realImages(versions: Versions, layers: RealLayers): LabImage[] {
  const { python, litellm, certs, traefik, coredns, llama, ollama, vllm } = layers;
  const { modelTrust, bookworm, 'open-webui': webui } = layers;
  const image = (name: string, tag: string, config: ImageConfig, of: (Layer | undefined)[]) => {
    const present = of.filter((layer) => layer !== undefined);
    return present.length === of.length
      ? [{ kind: 'real' as const, name, tag, config, layers: present }]
      : [];
  };
  const version = (key: string) => versionOf(versions, key);
  return [
    ...image('berriai/litellm', `v${version('LITELLM_VERSION')}`, litellmConfig, [python, litellm]),
    ...image('library/traefik', `v${version('TRAEFIK_VERSION')}`, traefikConfig, [certs, traefik]),
    ...image('coredns/coredns', version('COREDNS_VERSION'), corednsConfig, [coredns]),
    ...image('ollama/ollama', version('OLLAMA_TAG'), ollamaConfig, [llama, ollama, modelTrust]),
    ...image('open-webui/open-webui', version('OPEN_WEBUI_TAG'), openWebuiConfig, [
      bookworm,
      webui,
    ]),
    ...image('vllm/vllm-openai-cpu', version('VLLM_TAG'), vllmConfig, [python, vllm, modelTrust]),
  ];
}

/** The image of one double: the base, the tools it asks for, and its own layer. */
export function doubleImage(
  double: string,
  { entrypoint, cmd, env, exposedPorts, workdir }: DoubleImage,
  versions: Versions,
  layers: readonly Layer[],
): LabImage {
  const place = doubleNames[double];
  if (place === undefined) throw new Error(`lab-images.ts has no image name for ${double}`);
  const config: ImageConfig = {
    Entrypoint: entrypoint,
    Cmd: cmd,
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    WorkingDir: workdir,
    ExposedPorts: ports(...exposedPorts),
    Labels: { 'ai-stack.lab.double': double },
  };
  const [name, version] = place;
  return { kind: 'double', name, tag: versionOf(versions, version), config, layers };
}

/** Each image twice: as it is, and as `<tag>-lab2`, which differs in nothing but a label and its digest. */
export function withSecondTags(images: readonly LabImage[]): LabImage[] {
  return images.flatMap((image) => {
    const Labels = { ...image.config.Labels, 'ai-stack.lab.second': 'true' };
    return [image, { ...image, tag: `${image.tag}-lab2`, config: { ...image.config, Labels } }];
  });
}
