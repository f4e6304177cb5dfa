import {
  composeDurationSchema,
  defineService,
  type DefinedContainer,
  type DefinedSecret,
  type RenderContext,
} from '@ai-stack/core';
import {
  baseOptions,
  caMounts,
  healthOptions,
  imageOption,
  publicHostOf,
  publicOptions,
} from '@ai-stack/render';
import { z } from 'zod';
import { refusedVersions } from './refused-versions';
import {
  accountWarnings,
  webuiEnvironment,
  webuiOptions,
  webuiVariables,
} from './webui-environment';
import { indexWarnings } from './webui-models';
import { webuiProbes } from './webui-probes';

const options = z.strictObject({
  ...baseOptions,
  image: imageOption(refusedVersions),
  ...publicOptions,
  ...webuiOptions,
  // A start after an upgrade migrates the database first.
  health: healthOptions({
    interval: '30s',
    // It answers late while it reads a large upload.
    timeout: '30s',
    retries: 3,
    startPeriod: '180s',
    startInterval: '5s',
  }),
  longestStart: composeDurationSchema
    .default('2h')
    .describe('How long a start may take while it migrates the database and makes progress'),
});
type Context = RenderContext<z.infer<typeof options>>;

export default defineService({
  options,
  variables: webuiVariables,
  render(context) {
    return {
      containers: { 'open-webui': container(context) },
      directories: [{ path: context.dataPath(), mode: '0750', purpose: 'data' }],
      secrets,
      // It migrates its database at each start, and knows no way back.
      migration: 'any-version',
      probes: webuiProbes(context),
      warnings: [...accountWarnings(context), ...indexWarnings(context)],
    };
  },
});

function container(context: Context): DefinedContainer {
  const { environment, contract, dataPath } = context;
  const { image, memory, cpus, health, caFolder, forwardAuth, longestStart } = context.options;
  return {
    image,
    assumes: {
      entrypoints: ['none'],
      command: 'bash start.sh',
      workingDirectory: '/app/backend',
    },
    memory,
    cpus,
    environment: webuiEnvironment(context),
    secretEnvironment: {
      WEBUI_SECRET_KEY: 'WEBUI_SECRET_KEY',
      WEBUI_ADMIN_PASSWORD: 'WEBUI_ADMIN_PASSWORD',
      OAUTH_CLIENT_ID: 'OAUTH_CLIENT_ID',
      OAUTH_CLIENT_SECRET: 'OAUTH_CLIENT_SECRET',
      OPENAI_API_KEY: 'LITELLM_MASTER_KEY',
      RAG_OPENAI_API_KEY: 'LITELLM_MASTER_KEY',
      QDRANT_API_KEY: 'QDRANT_API_KEY',
    },
    mounts: [{ source: dataPath(), target: '/app/backend/data' }, ...caMounts(caFolder)],
    healthcheck: { ...health, test: ['CMD', 'curl', '-fsS', 'http://127.0.0.1:8080/ready'] },
    // Alembic says each step of a migration; a step of a large database takes minutes without a word.
    longStart: { begins: 'Running upgrade', ends: 'Started server process', limit: longestStart },
    // Its start script may stay pid 1 and not pass the signal on.
    init: true,
    routes: [
      {
        name: 'open-webui',
        rule: `Host(\`${publicHostOf(environment, contract)}\`)`,
        port: 8080,
        sso: forwardAuth,
      },
    ],
  };
}

const secrets: DefinedSecret[] = [
  {
    key: 'WEBUI_SECRET_KEY',
    source: { kind: 'generated' },
    description: 'Signs sessions and encrypts stored tokens',
  },
  {
    key: 'WEBUI_ADMIN_PASSWORD',
    source: { kind: 'generated' },
    description: 'Password of the first account, see WEBUI_ADMIN_EMAIL',
  },
  {
    key: 'OAUTH_CLIENT_ID',
    source: { kind: 'provided' },
    description: 'Client ID of the provider openwebui in Authentik',
  },
  {
    key: 'OAUTH_CLIENT_SECRET',
    source: { kind: 'provided' },
    description: 'Client secret of the provider openwebui in Authentik',
  },
  {
    key: 'LITELLM_MASTER_KEY',
    source: { kind: 'consumed', service: 'litellm', key: 'LITELLM_MASTER_KEY' },
    description: 'The key of the gateway',
  },
  {
    key: 'QDRANT_API_KEY',
    source: { kind: 'consumed', service: 'qdrant', key: 'QDRANT_API_KEY' },
    description: 'The key of the vector store',
  },
];
