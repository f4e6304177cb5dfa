import {
  badInput,
  defineService,
  lineSchema,
  modelsOf,
  nxRun,
  sizeSchema,
  type DefinedContainer,
  type Model,
  type Probe,
  type RenderContext,
} from '@ai-stack/core';
import {
  baseOptions,
  bearer,
  caMounts,
  caOptions,
  caVariables,
  healthOptions,
  internalHttpProbe,
  portOptions,
  portProbes,
  servedNameOf,
} from '@ai-stack/render';
import { z } from 'zod';
import { gpuDriverOf } from './gpu-driver';
import { checkModels } from './hooks/check-models';
import { vllmArguments } from './vllm-arguments';

const options = z.strictObject({
  ...baseOptions,
  ...portOptions,
  ...caOptions,
  // The first start downloads the model, then loads and compiles it: tens of minutes.
  health: healthOptions({
    interval: '30s',
    timeout: '5s',
    retries: 3,
    startPeriod: '1800s',
    startInterval: '10s',
  }),
  shmSize: sizeSchema.default('8g').describe('Shared memory of the container'),
  engine: z
    .enum(['gpu', 'cpu'])
    .default('gpu')
    .describe(
      "What computes; for cpu the image is vllm/vllm-openai-cpu, and a model's gpu is not used",
    ),
  contextMemory: sizeSchema
    .default('4g')
    .describe('engine: cpu only: memory for the context of all requests'),
  shutdownSeconds: z
    .int()
    .min(0)
    .max(600)
    .default(30)
    .describe('How long running requests may take to end when it stops'),
  cudaCompatibility: z
    .boolean()
    .default(false)
    .describe("For data-centre drivers that are older than the image's CUDA"),
  compile: z
    .boolean()
    .default(true)
    .describe('Compiling makes answers faster and the first start slower by minutes'),
  maxSequences: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe("Requests at a time; left out: vLLM's own"),
  extraArguments: z
    .array(lineSchema)
    .default([])
    .describe('Further arguments of vllm serve, such as --enable-prefix-caching'),
});
type Context = RenderContext<z.infer<typeof options>>;

/** What sets a variable instead of `extraEnvironment`. */
const variables = {
  VLLM_ENABLE_CUDA_COMPATIBILITY: 'cudaCompatibility',
  VLLM_CPU_KVCACHE_SPACE: 'contextMemory',
  SSL_CERT_FILE: 'caFolder',
  REQUESTS_CA_BUNDLE: 'caFolder',
  CUDA_VISIBLE_DEVICES: 'it is gpu.device in models/<model>.yaml',
  NVIDIA_VISIBLE_DEVICES: 'it is gpu.device in models/<model>.yaml',
  HF_HOME: 'weights are in the directory that is mounted',
  HF_HUB_CACHE: 'weights are in the directory that is mounted',
  VLLM_CACHE_ROOT: 'what is compiled is in the directory that is mounted',
};

export default defineService({
  options,
  variables,
  render(context) {
    const model = modelOf(context);
    return {
      containers: { vllm: container(context, model) },
      directories: ['huggingface', 'cache'].map((part) => ({
        path: context.dataPath(part),
        purpose: 'cache',
      })),
      secrets: [
        {
          key: 'VLLM_API_KEY',
          source: { kind: 'generated', prefix: 'sk-' },
          description: 'The key that LiteLLM shows to vLLM',
        },
        {
          key: 'HF_TOKEN',
          source: { kind: 'provided', optional: true },
          description: 'A token of Hugging Face, for models that ask for one',
        },
      ],
      gpuMemory: gpusOf(context, model).map((gpu) => ({
        ...gpu,
        reason: `${model.publicName} on vllm`,
      })),
      gpuDriver: needsDriver(context, model) ? gpuDriverOf(context.options.image) : undefined,
      probes: probes(context, model),
    };
  },
  hooks: { checkModels },
});

function container(context: Context, model: Model): DefinedContainer {
  const { image, memory, cpus, health, shmSize, ...chosen } = context.options;
  return {
    image,
    assumes: { entrypoints: ['vllm serve'] },
    memory,
    cpus,
    command: vllmArguments(model, context.host, chosen),
    environment: {
      VLLM_NO_USAGE_STATS: '1',
      DO_NOT_TRACK: '1',
      ...(chosen.cudaCompatibility ? { VLLM_ENABLE_CUDA_COMPATIBILITY: '1' } : {}),
      ...caVariables(chosen.caFolder),
    },
    secretEnvironment: { VLLM_API_KEY: 'VLLM_API_KEY', HF_TOKEN: 'HF_TOKEN' },
    mounts: [
      ...['huggingface', 'cache'].map((part) => ({
        source: context.dataPath(part),
        target: part === 'cache' ? '/root/.cache/vllm' : '/root/.cache/huggingface',
      })),
      ...caMounts(chosen.caFolder),
    ],
    publish: [{ endpoint: 'api' }],
    healthcheck: { ...health, test: ['CMD', 'curl', '-fsS', 'http://127.0.0.1:8000/health'] },
    stopGracePeriod: `${chosen.shutdownSeconds + 30}s`,
    shmSize,
    gpus: gpusOf(context, model).map(({ device }) => device),
  };
}

function gpusOf({ options: { engine } }: Context, { gpu }: Model) {
  return engine === 'cpu' || gpu === undefined ? [] : [gpu];
}

/** With CUDA's compatibility libraries an older driver will do. */
function needsDriver(context: Context, model: Model): boolean {
  return gpusOf(context, model).length > 0 && !context.options.cudaCompatibility;
}

/** The one model of this host. Throws when there is none, or more than one process can serve. */
function modelOf({ environment, host }: Context): Model {
  const models = modelsOf(environment, 'vllm', host.name);
  const [model, second] = models;
  if (model !== undefined && second === undefined) return model;
  const names = models.map(({ name }) => name).join(', ') || 'none';
  throw badInput(`vLLM serves one model on a host; ${host.name} would have: ${names}`, {
    where: { environment: environment.name, service: 'vllm', host: host.name },
    fix: `set hosts in the files of libs/inventory/environments/${environment.name}/models/ so that each host has one`,
  });
}

function probes(context: Context, model: Model): Probe[] {
  return [
    internalHttpProbe(
      context,
      {
        what: 'models',
        level: 'api',
        title: `vLLM on ${context.host.name} serves ${servedNameOf(model)}`,
        fix: `see ${nxRun(context.environment.name, 'vllm:logs')}; the trusted host must resolve the name by itself`,
      },
      { path: '/v1/models', headers: { Authorization: bearer('vllm', 'VLLM_API_KEY') } },
      { status: [200], json: [{ path: 'data[].id', equals: [servedNameOf(model)] }] },
    ),
    internalHttpProbe(
      context,
      {
        what: 'no-key',
        level: 'api',
        title: 'vLLM refuses a question without the key',
        fix: 'check that VLLM_API_KEY is set in the .env of vllm',
      },
      { path: '/v1/models' },
      { status: [401] },
    ),
    ...portProbes(context),
  ];
}
