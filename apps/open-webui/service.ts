import {
  defineService,
  nxRun,
  type Container,
  type Probe,
  type RenderContext,
  type SecretSpec,
} from '@ai-stack/core';
import {
  baseOptions,
  containerHttpProbe,
  healthOptions,
  loginChainProbes,
  loginProbe,
  publicHostOf,
} from '@ai-stack/render';
import { z } from 'zod';
import { caTarget, discoveryUrl, webuiEnvironment, webuiOptions } from './webui-environment';

const options = z.strictObject({
  ...baseOptions,
  ...webuiOptions,
  // A start after an upgrade migrates the database first.
  health: healthOptions({
    interval: '30s',
    timeout: '5s',
    retries: 3,
    startPeriod: '180s',
    startInterval: '5s',
  }),
});
type Context = RenderContext<z.infer<typeof options>>;

export default defineService({
  options,
  render(context) {
    return {
      containers: { 'open-webui': container(context) },
      files: [],
      directories: [{ path: context.dataPath(), mode: '0750', uid: 0, gid: 0, purpose: 'data' }],
      secrets,
      updateOrder: 'stop-first',
      // It migrates its database at each start, and knows no way back.
      migration: 'any-version',
      gpuMemory: [],
      pullModels: [],
      probes: probes(context),
    };
  },
});

function container(context: Context): Container {
  const { environment, contract, dataPath } = context;
  const { image, memory, cpus, health, caFolder } = context.options;
  return {
    image,
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
    mounts: [
      { source: dataPath(), target: '/app/backend/data', readOnly: false },
      ...(caFolder === undefined ? [] : [{ source: caFolder, target: caTarget, readOnly: true }]),
    ],
    publish: [],
    healthcheck: { ...health, test: ['CMD', 'curl', '-fsS', 'http://127.0.0.1:8080/ready'] },
    stopGracePeriod: '30s',
    // Its start script may stay pid 1 and not pass the signal on.
    init: true,
    noNewPrivileges: true,
    routes: [
      {
        name: 'open-webui',
        rule: `Host(\`${publicHostOf(environment, contract)}\`)`,
        priority: 100,
        port: 8080,
        sso: true,
        allowRanges: [],
      },
    ],
    resolvesNames: context.bindings('dns').length > 0,
    joinsStack: true,
  };
}

const secrets: SecretSpec[] = [
  {
    key: 'WEBUI_SECRET_KEY',
    source: { kind: 'generated', bytes: 32, prefix: '' },
    description: 'Signs sessions and encrypts stored tokens',
  },
  {
    key: 'WEBUI_ADMIN_PASSWORD',
    source: { kind: 'generated', bytes: 32, prefix: '' },
    description: 'Password of the first account, see WEBUI_ADMIN_EMAIL',
  },
  {
    key: 'OAUTH_CLIENT_ID',
    source: { kind: 'provided', optional: false },
    description: 'Client ID of the provider openwebui in Authentik',
  },
  {
    key: 'OAUTH_CLIENT_SECRET',
    source: { kind: 'provided', optional: false },
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

function probes(context: Context) {
  const inside = { container: 'open-webui', port: 8080 };
  return [
    containerHttpProbe(
      context,
      {
        what: 'ready',
        level: 'api',
        title: 'Open WebUI has started and its database answers',
        fix: `see ${nxRun(context.environment.name, 'open-webui:logs')}`,
      },
      inside,
      { path: '/ready' },
      { status: [200], json: [{ path: 'status', equals: true }] },
    ),
    containerHttpProbe(
      context,
      {
        what: 'oidc',
        level: 'api',
        title: `Open WebUI offers the login by ${context.environment.sso.providerName}`,
        fix: 'check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, and that the host reaches the discovery URL',
      },
      inside,
      { path: '/api/config' },
      {
        status: [200],
        json: [{ path: 'oauth.providers.oidc', equals: context.environment.sso.providerName }],
      },
    ),
    containerHttpProbe(
      context,
      {
        what: 'provider',
        level: 'client',
        title: 'Open WebUI finds the identity provider and sends people there',
        fix: 'the container must resolve and trust it: see dns.yaml, and caFolder for a private authority',
      },
      inside,
      { path: '/oauth/oidc/login' },
      { status: [302, 303, 307], location: [{ host: new URL(context.environment.sso.url).host }] },
    ),
    discoveryProbe(context),
    loginProbe(context, '/', [200]),
    ...loginChainProbes(context),
  ];
}

/** What Open WebUI reads of the provider before it sends anybody there, asked from this machine. */
function discoveryProbe(context: Context): Probe {
  const { sso } = context.environment;
  const url = discoveryUrl(context.environment);
  const there = ['token_endpoint', 'userinfo_endpoint', 'jwks_uri'];
  return {
    id: 'open-webui/discovery',
    level: 'client',
    service: 'open-webui',
    vantage: 'controller',
    title: `${sso.providerName} describes the application, with the code challenge that Open WebUI sends`,
    fix: 'check url and applications.open-webui of sso.yaml: the slug of the application, not the name of its provider',
    ask: { kind: 'http', method: 'GET', url },
    expect: {
      status: [200],
      json: [
        { path: 'issuer', contains: new URL(sso.url).host },
        { path: 'authorization_endpoint', contains: new URL(sso.url).host },
        ...there.map((path) => ({ path, exists: true })),
        { path: 'code_challenge_methods_supported[]', contains: 'S256' },
      ],
    },
  };
}
