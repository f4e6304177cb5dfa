import { nxRun, type Model, type Probe, type RenderContext } from '@ai-stack/core';
import {
  bearer,
  containerHttpProbe,
  loginChainProbes,
  loginProbe,
  publicHttpProbe,
  secretValue,
} from '@ai-stack/render';
import { deploymentId, publicNamesOf, type Deployment } from './litellm-config';

const inside = { container: 'litellm', port: 4000 };
const key = { Authorization: bearer('litellm', 'LITELLM_MASTER_KEY') };
const wrongKey = { Authorization: 'Bearer sk-0000000000000000' };

/** What verifies the gateway: its models, its key, an answer of each model, the login, and the way in with a key. */
export function litellmProbes(context: RenderContext, deployments: readonly Deployment[]): Probe[] {
  const models = [...new Set(deployments.map(({ model }) => model))];
  const names = models.flatMap(publicNamesOf).sort();
  return [
    containerHttpProbe(
      context,
      {
        what: 'models',
        level: 'api',
        title: 'LiteLLM lists exactly the rendered models',
        fix: `LiteLLM skips an entry that it cannot use: see ${nxRun(context.environment.name, 'litellm:logs')}`,
      },
      inside,
      { path: '/v1/models', headers: key },
      { status: [200], json: [{ path: 'data[].id', equals: [...new Set(names)] }] },
    ),
    containerHttpProbe(
      context,
      {
        what: 'wrong-key',
        level: 'api',
        title: 'LiteLLM refuses a wrong key',
        fix: 'check that LITELLM_MASTER_KEY is set in the .env of litellm',
      },
      inside,
      { path: '/v1/models', headers: wrongKey },
      // Without a database a wrong key is answered by 400 "No connected db."
      { status: [400, 401] },
    ),
    ...models.flatMap((model) => inferenceProbes(context, model, deployments)),
    loginProbe(context, '/v1/models', [400, 401]),
    ...loginChainProbes(context),
    ...(context.environment.ingress.apiAccess === 'off'
      ? []
      : [...keyProbes(context), ...streamProbes(context, models)]),
  ];
}

/** By its public name, which reaches any of its deployments; where there are several, also each by its id. */
function inferenceProbes(
  context: RenderContext,
  model: Model,
  deployments: readonly Deployment[],
): Probe[] {
  const { publicName, engine } = model;
  const logs = nxRun(context.environment.name, `${engine}:logs`);
  const own = deployments.filter((deployment) => deployment.model === model);
  const each = own.map((deployment) => ({
    ask: deploymentId(publicName, deployment),
    title: `${publicName} on ${deployment.binding.host}`,
    fix: `see ${logs}, and whether ${context.host.name} reaches ${deployment.binding.url}`,
  }));
  const any = { ask: publicName, title: publicName, fix: `see ${logs}` };
  return [any, ...(each.length > 1 ? each : [])].map((question) =>
    inferenceProbe(context, model, question),
  );
}

function inferenceProbe(
  context: RenderContext,
  { kind }: Model,
  { ask, title, fix }: { ask: string; title: string; fix: string },
): Probe {
  const isChat = kind === 'chat';
  const chat = { messages: [{ role: 'user', content: 'Say yes.' }], max_tokens: 1 };
  return containerHttpProbe(
    context,
    {
      what: `${isChat ? 'completion' : 'embedding'}-${ask}`,
      level: 'inference',
      title: isChat ? `${title} completes one token` : `${title} embeds a text`,
      fix,
    },
    inside,
    {
      method: 'POST',
      path: isChat ? '/v1/chat/completions' : '/v1/embeddings',
      headers: key,
      body: { model: ask, ...(isChat ? chat : { input: 'yes' }) },
      timeoutSeconds: 300,
    },
    {
      status: [200],
      json: [{ path: isChat ? 'choices[].message' : 'data[].embedding', exists: true }],
    },
  );
}

/** A whole answer of each model that chats, by the way that clients take, as it is streamed to them. */
function streamProbes(context: RenderContext, models: readonly Model[]): Probe[] {
  const chats = models.filter(({ kind }) => kind === 'chat');
  return chats.map(({ publicName, engine }) =>
    publicHttpProbe(
      context,
      {
        what: `public-stream-${publicName}`,
        level: 'client',
        title: `${publicName} streams an answer to an API client with the key`,
        fix: `see ${nxRun(context.environment.name, `${engine}:logs`)}, and whether something between Traefik and the client collects answers`,
      },
      {
        method: 'POST',
        path: '/v1/chat/completions',
        headers: key,
        body: {
          model: publicName,
          // Long enough to see whether it comes little by little.
          messages: [{ role: 'user', content: 'Count from 1 to 20.' }],
          max_tokens: 64,
          stream: true,
        },
        timeoutSeconds: 300,
      },
      { status: [200], stream: true },
    ),
  );
}

function keyProbes(context: RenderContext): Probe[] {
  const fix =
    context.environment.ingress.apiAccess === 'lan'
      ? 'ask from inside lanRanges of ingress.yaml; Traefik must see the real source address'
      : 'check the router litellm-api in Traefik';
  return [
    publicHttpProbe(
      context,
      {
        what: 'public-key',
        level: 'client',
        title: 'an API client with the key gets an answer by the public name',
        fix,
      },
      { path: '/v1/models', headers: key },
      { status: [200], json: [{ path: 'data[].id', exists: true }] },
    ),
    publicHttpProbe(
      context,
      {
        what: 'public-x-api-key',
        level: 'client',
        title: 'an API client that sends the key as x-api-key gets an answer, too',
        fix,
      },
      {
        path: '/v1/models',
        headers: { 'x-api-key': secretValue('litellm', 'LITELLM_MASTER_KEY') },
      },
      { status: [200], json: [{ path: 'data[].id', exists: true }] },
    ),
    publicHttpProbe(
      context,
      {
        what: 'public-wrong-key',
        level: 'client',
        title: 'a wrong key is refused by LiteLLM, not sent to the login',
        fix,
      },
      { path: '/v1/models', headers: wrongKey },
      { status: [400, 401] },
    ),
  ];
}
