import {
  defineService,
  modelsOf,
  nxRun,
  throwAll,
  type DefinedContainer,
  type Model,
  type RenderContext,
} from '@ai-stack/core';
import {
  baseOptions,
  caMounts,
  caOptions,
  caVariables,
  healthOptions,
  imageOption,
  internalHttpProbe,
  portOptions,
  portProbes,
} from '@ai-stack/render';
import { z } from 'zod';
import { contextErrors } from './context-memory';
import { gpuProbes, taggedName } from './gpu-probe';
import { pullModels } from './hooks/pull-models';
import { refusedVersions } from './refused-versions';

const options = z
  .strictObject({
    ...baseOptions,
    image: imageOption(refusedVersions),
    ...portOptions,
    ...caOptions,
    health: healthOptions({
      interval: '30s',
      timeout: '10s',
      retries: 3,
      startPeriod: '30s',
      startInterval: '5s',
    }),
    keepAlive: z
      .string()
      .regex(/^(?:-1|\d+[smh])$/)
      .optional()
      // Memory of a GPU that is set aside for them may be used by nothing else.
      .describe(
        'How long a model stays loaded without a request; -1: for ever, the default where all models declare GPU memory',
      ),
    parallelRequests: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe('Requests at a time per model; memory grows with it'),
    maxLoadedModels: z
      .int()
      .min(0)
      .max(64)
      .default(0)
      .describe('Models loaded at a time; 0: as many as memory allows'),
    flashAttention: z
      .boolean()
      .optional()
      .describe('Flash attention; left out: where the model and the GPU can'),
    kvCacheType: z
      .enum(['f16', 'q8_0', 'q4_0'])
      .default('f16')
      .describe('Precision of the context in memory; the smaller ones need flashAttention: true'),
  })
  .refine(({ flashAttention, kvCacheType }) => kvCacheType === 'f16' || flashAttention === true, {
    path: ['kvCacheType'],
    error: 'a smaller cache needs flashAttention: true, or no model loads',
  });
type Context = RenderContext<z.infer<typeof options>>;

/** What sets a variable instead of `extraEnvironment`. */
const variables = {
  OLLAMA_KEEP_ALIVE: 'keepAlive',
  OLLAMA_NUM_PARALLEL: 'parallelRequests',
  OLLAMA_MAX_LOADED_MODELS: 'maxLoadedModels',
  OLLAMA_FLASH_ATTENTION: 'flashAttention',
  OLLAMA_KV_CACHE_TYPE: 'kvCacheType',
  SSL_CERT_FILE: 'caFolder',
  REQUESTS_CA_BUNDLE: 'caFolder',
  OLLAMA_CONTEXT_LENGTH: 'it follows from contextLength in models/<model>.yaml',
  CUDA_VISIBLE_DEVICES: 'it is gpu.device in models/<model>.yaml',
  NVIDIA_VISIBLE_DEVICES: 'it is gpu.device in models/<model>.yaml',
  OLLAMA_MODELS: 'models are in the directory that is mounted',
};

export default defineService({
  options,
  variables,
  render(context) {
    const models = modelsOf(context.environment, 'ollama', context.host.name);
    throwAll(contextErrors(context.environment, models, context.options));
    return {
      containers: { ollama: container(context) },
      directories: [{ path: context.dataPath(), purpose: 'data' }],
      gpuMemory: models.flatMap(({ gpu, publicName }) =>
        gpu === undefined ? [] : [{ ...gpu, reason: `${publicName} on ollama` }],
      ),
      pullModels: models.map(({ id }) => id),
      probes: probes(context),
    };
  },
  hooks: { afterStart: pullModels },
});

function container(context: Context): DefinedContainer {
  const { environment, host, options: chosen } = context;
  const models = modelsOf(environment, 'ollama', host.name);
  const devices = models.flatMap(({ gpu }) => (gpu === undefined ? [] : [gpu.device]));
  return {
    image: chosen.image,
    assumes: { entrypoints: ['/bin/ollama'], command: 'serve' },
    memory: chosen.memory,
    cpus: chosen.cpus,
    environment: {
      OLLAMA_HOST: '0.0.0.0:11434',
      OLLAMA_NO_CLOUD: '1',
      // Without a setting Ollama chooses by free GPU memory, so the same request could be cut one day and not the next.
      OLLAMA_CONTEXT_LENGTH: String(defaultContext(models)),
      OLLAMA_KEEP_ALIVE: chosen.keepAlive ?? defaultKeepAlive(models),
      OLLAMA_NUM_PARALLEL: String(chosen.parallelRequests),
      OLLAMA_MAX_LOADED_MODELS: String(chosen.maxLoadedModels),
      ...(chosen.flashAttention !== undefined && {
        OLLAMA_FLASH_ATTENTION: chosen.flashAttention ? '1' : '0',
      }),
      OLLAMA_KV_CACHE_TYPE: chosen.kvCacheType,
      // Go reads the directories of public authorities all the same.
      ...caVariables(chosen.caFolder),
    },
    mounts: [{ source: context.dataPath(), target: '/root/.ollama' }, ...caMounts(chosen.caFolder)],
    publish: [{ endpoint: 'api' }],
    // The image has neither curl nor wget.
    healthcheck: { ...chosen.health, test: ['CMD', 'ollama', 'list'] },
    gpus: [...new Set(devices)].sort(),
  };
}

function defaultKeepAlive(models: readonly Model[]): string {
  return models.length > 0 && models.every(({ gpu }) => gpu !== undefined) ? '-1' : '5m';
}

/** What a request without a context of its own gets; LiteLLM sends each model's with every request. */
function defaultContext(models: readonly Model[]): number {
  const chats = models.filter(({ kind }) => kind === 'chat');
  return chats.length === 0 ? 4096 : Math.min(...chats.map(({ contextLength }) => contextLength));
}

function probes(context: Context) {
  const models = modelsOf(context.environment, 'ollama', context.host.name);
  const tagged = models.map(({ id }) => taggedName(id));
  const tags = internalHttpProbe(
    context,
    {
      what: 'tags',
      level: 'api',
      title: `Ollama on ${context.host.name} has the declared models`,
      fix: `${nxRun(context.environment.name, 'ollama:deploy')} pulls what is missing; the trusted host must resolve the name by itself`,
    },
    { path: '/api/tags' },
    {
      status: [200],
      json: [
        { path: 'models', exists: true },
        ...tagged.map((contains) => ({ path: 'models[].name', contains })),
      ],
    },
  );
  return [tags, ...gpuProbes(context), ...portProbes(context)];
}
