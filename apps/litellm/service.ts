import {
  badInput,
  defineService,
  isNeededElsewhere,
  modelsOf,
  throwAll,
  type DefinedContainer,
  type DefinedSecret,
  type Environment,
  type RenderContext,
} from '@ai-stack/core';
import { baseOptions, healthOptions, imageOption, publicOptions } from '@ai-stack/render';
import { z } from 'zod';
import { litellmConfig, toolWarnings, type Deployment } from './litellm-config';
import { litellmProbes } from './litellm-probes';
import { litellmRoutes } from './litellm-routes';
import { refusedVersions } from './refused-versions';

const options = z.strictObject({
  ...baseOptions,
  image: imageOption(refusedVersions),
  ...publicOptions,
  health: healthOptions({
    // Three failures take it out of Traefik before an update stops it, so this is also how long an update waits.
    interval: '10s',
    // One that has much to do answers late: it must not lose its route, and with it everybody.
    timeout: '30s',
    retries: 3,
    // A small machine needs most of it; a failed check in it does not count, and a good one ends it.
    startPeriod: '240s',
    startInterval: '5s',
  }),
  workers: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Processes that answer; each takes about 1 GB'),
  requestTimeoutSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(600)
    .describe('How long one request may take, loading of the model included'),
  logLevel: z
    .enum(['ERROR', 'WARNING', 'INFO', 'DEBUG'])
    .default('ERROR')
    .describe('What LiteLLM writes into its log'),
});
type Context = RenderContext<z.infer<typeof options>>;

/** What sets a variable instead of `extraEnvironment`. */
const variables = {
  LITELLM_LOG: 'logLevel',
  NUM_WORKERS: 'workers',
  PROXY_BASE_URL: 'it follows from domain in environment.yaml',
  CONFIG_FILE_PATH: 'its configuration is rendered',
  DATABASE_URL: 'this gateway has no database',
  PORT: 'its port is that of apps/litellm/service.yaml',
};

export default defineService({
  options,
  variables,
  render(context) {
    const deployments = deploymentsOf(context);
    const usesVllm = deployments.some(({ model }) => model.engine === 'vllm');
    const isPublished = isNeededElsewhere(context.environment, 'litellm', context.host.name);
    return {
      containers: { litellm: container(context, usesVllm, isPublished) },
      files: [
        {
          path: context.dataPath('config', 'config.yaml'),
          content: litellmConfig(deployments, context.options.requestTimeoutSeconds),
        },
      ],
      directories: [{ path: context.dataPath('config'), purpose: 'config' }],
      secrets: secrets(usesVllm),
      updateOrder: isPublished ? 'stop-first' : 'start-first',
      probes: litellmProbes(context, deployments),
      warnings: toolWarnings(deployments),
    };
  },
});

function container(context: Context, usesVllm: boolean, isPublished: boolean): DefinedContainer {
  const { image, memory, cpus, health, workers, logLevel, requestTimeoutSeconds } = context.options;
  return {
    image,
    assumes: { entrypoints: ['docker/prod_entrypoint.sh', 'litellm'] },
    memory,
    cpus,
    command: [
      ...['--config', '/app/config/config.yaml', '--port', '4000'],
      ...['--num_workers', String(workers)],
      // Longer than Traefik keeps an idle connection (90 s): uvicorn's 5 s end it just when Traefik sends the next request.
      ...['--keepalive_timeout', '120'],
    ],
    environment: {
      LITELLM_MODE: 'PRODUCTION',
      LITELLM_LOG: logLevel,
      // Without it, LiteLLM asks GitHub for prices at each start.
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      NO_DOCS: 'True',
      NO_REDOC: 'True',
      NO_OPENAPI: 'True',
      // The user interface needs a database, which this gateway has not.
      DISABLE_ADMIN_UI: 'True',
      PROXY_BASE_URL: context.publicUrl(),
    },
    secretEnvironment: {
      LITELLM_MASTER_KEY: 'LITELLM_MASTER_KEY',
      ...(usesVllm ? { VLLM_API_KEY: 'VLLM_API_KEY' } : {}),
    },
    // The directory: a single file would keep its old content after an atomic rename.
    mounts: [{ source: context.dataPath('config'), target: '/app/config', readOnly: true }],
    publish: isPublished ? [{ endpoint: 'api' }] : [],
    healthcheck: { ...health, test: ['CMD', 'python3', '-c', healthScript] },
    drain: ['python3', '-c', `open('${drainedFile}', 'w')`],
    // A streamed answer may take as long; without one in flight it stops at once.
    stopGracePeriod: `${requestTimeoutSeconds + 15}s`,
    capDrop: ['ALL'],
    routes: litellmRoutes(context),
  };
}

// The image has neither curl nor wget; /health/liveliness asks no model and needs no key.
const drainedFile = '/tmp/draining';
const healthScript = [
  'import os, urllib.request as r',
  `assert not os.path.exists('${drainedFile}'), 'draining'`,
  // Longer than Docker waits: the option decides.
  "r.urlopen('http://127.0.0.1:4000/health/liveliness', timeout=300)",
].join('; ');

/** The model engines of which `litellm-config.ts` knows how LiteLLM asks them. */
const engines: readonly string[] = ['ollama', 'vllm'];

/** Every model on every host that serves it. Throws when there is none, and for another engine's. */
function deploymentsOf({ environment, bindings }: Context): Deployment[] {
  refuseOtherEngines(environment);
  const deployments = engines.flatMap((engine) =>
    bindings(engine).flatMap((binding) =>
      modelsOf(environment, engine, binding.host).map((model) => ({ model, binding })),
    ),
  );
  if (deployments.length > 0) {
    return deployments.sort((a, b) => (a.model.publicName < b.model.publicName ? -1 : 1));
  }
  throw badInput('LiteLLM would offer no model', {
    where: { environment: environment.name, service: 'litellm' },
    fix: `place ollama or vllm on a host and declare a model in libs/inventory/environments/${environment.name}/models/`,
  });
}

function refuseOtherEngines({ name: environment, models }: Environment): void {
  const others = models.filter(({ engine }) => !engines.includes(engine));
  throwAll(
    others.map(({ name, engine }) =>
      badInput(`LiteLLM would not offer ${name}: it does not know how to ask ${engine}`, {
        where: {
          ...{ environment, service: 'litellm', key: 'engine' },
          file: `libs/inventory/environments/${environment}/models/${name}.yaml`,
        },
        fix: `add ${engine} to needs in apps/litellm/service.yaml, to engines in service.ts and to engineParams in litellm-config.ts`,
      }),
    ),
  );
}

function secrets(usesVllm: boolean): DefinedSecret[] {
  const own: DefinedSecret = {
    key: 'LITELLM_MASTER_KEY',
    source: { kind: 'generated', prefix: 'sk-' },
    description: 'The key of the gateway, for Open WebUI and for API clients',
  };
  const vllm: DefinedSecret = {
    key: 'VLLM_API_KEY',
    source: { kind: 'consumed', service: 'vllm', key: 'VLLM_API_KEY' },
    description: 'The key of vLLM',
  };
  return usesVllm ? [own, vllm] : [own];
}
