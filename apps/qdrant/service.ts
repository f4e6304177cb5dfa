import { defineService, type DefinedContainer, type RenderContext } from '@ai-stack/core';
import { baseOptions, bashHttpCheck, healthOptions, portOptions } from '@ai-stack/render';
import { z } from 'zod';
import { qdrantProbes } from './qdrant-probes';

const options = z.strictObject({
  ...baseOptions,
  ...portOptions,
  health: healthOptions({
    interval: '15s',
    timeout: '5s',
    retries: 4,
    startPeriod: '30s',
    startInterval: '5s',
  }),
  logLevel: z
    .enum(['ERROR', 'WARN', 'INFO', 'DEBUG'])
    .default('INFO')
    .describe('What Qdrant writes into its log'),
});
type Context = RenderContext<z.infer<typeof options>>;

/** What sets a variable instead of `extraEnvironment`. */
const variables = {
  QDRANT__LOG_LEVEL: 'logLevel',
  QDRANT__STORAGE__STORAGE_PATH: 'its data is in the directories that are mounted',
  QDRANT__STORAGE__SNAPSHOTS_PATH: 'its data is in the directories that are mounted',
  QDRANT__SERVICE__HOST: 'its port is published, and its health check asks 127.0.0.1',
  QDRANT__SERVICE__HTTP_PORT: 'its port is that of apps/qdrant/service.yaml',
  QDRANT__SERVICE__ENABLE_TLS: 'all that use it ask by http',
};

export default defineService({
  options,
  variables,
  render(context) {
    return {
      containers: { qdrant: container(context) },
      directories: ['storage', 'snapshots'].map((part) => ({
        path: context.dataPath(part),
        purpose: 'data',
      })),
      secrets: [
        {
          key: 'QDRANT_API_KEY',
          source: { kind: 'generated' },
          description: 'The key of the vector store',
        },
      ],
      // It upgrades its storage from one minor version to the next, and reads no later one.
      migration: 'each-minor',
      probes: qdrantProbes(context),
    };
  },
});

function container(context: Context): DefinedContainer {
  const { image, memory, cpus, health, logLevel } = context.options;
  return {
    image,
    assumes: { entrypoints: ['none'], workingDirectory: '/qdrant' },
    memory,
    cpus,
    // The image's own entrypoint script exits before Qdrant has written everything, and Docker then kills it.
    command: ['./qdrant'],
    environment: {
      QDRANT__LOG_LEVEL: logLevel,
      QDRANT__TELEMETRY_DISABLED: 'true',
      QDRANT__SERVICE__ENABLE_CORS: 'false',
      // Recovery from a URL would let a caller make Qdrant fetch from anywhere.
      QDRANT__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY: 'false',
    },
    secretEnvironment: { QDRANT__SERVICE__API_KEY: 'QDRANT_API_KEY' },
    mounts: ['storage', 'snapshots'].map((part) => ({
      source: context.dataPath(part),
      target: `/qdrant/${part}`,
    })),
    publish: [{ endpoint: 'api' }],
    healthcheck: { ...health, test: bashHttpCheck(6333, '/readyz') },
    stopGracePeriod: '60s',
  };
}
