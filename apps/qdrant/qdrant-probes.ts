import {
  nxRun,
  type HttpAsk,
  type HttpExpect,
  type Probe,
  type ProbeValue,
  type RenderContext,
} from '@ai-stack/core';
import { internalHttpProbe, internalUrl, portProbes } from '@ai-stack/render';

const key: Record<string, ProbeValue> = {
  'api-key': { secret: { service: 'qdrant', key: 'QDRANT_API_KEY' }, prefix: '' },
};

/** What verifies the vector store: ready, closed without the key, and a vector that comes back. */
export function qdrantProbes(context: RenderContext): Probe[] {
  return [
    internalHttpProbe(
      context,
      {
        what: 'ready',
        level: 'api',
        title: `Qdrant on ${context.host.name} is ready`,
        fix: `see ${nxRun(context.environment.name, 'qdrant:logs')}; the trusted host must resolve the name by itself`,
      },
      { path: '/readyz' },
      { status: [200], includes: 'all shards are ready' },
    ),
    // /readyz needs no key, so it says nothing about the key.
    internalHttpProbe(
      context,
      {
        what: 'no-key',
        level: 'api',
        title: 'Qdrant refuses a question without the key',
        fix: 'check that QDRANT_API_KEY is set in the .env of qdrant',
      },
      { path: '/collections' },
      { status: [401] },
    ),
    roundTrip(context),
    ...portProbes(context),
  ];
}

function roundTrip(context: RenderContext): Probe {
  const collection = `${internalUrl(context)}/collections/ai-stack-verify`;
  const step = (
    name: string,
    method: HttpAsk['method'],
    path: string,
    body?: unknown,
    json?: HttpExpect['json'],
  ) => ({
    name,
    ask: {
      kind: 'http' as const,
      method,
      url: `${collection}${path}`,
      headers: key,
      resolver: 'own' as const,
      ...(body === undefined ? {} : { body }),
    },
    expect: { status: [200], ...(json === undefined ? {} : { json }) },
  });
  const vectors = { vectors: { size: 4, distance: 'Cosine' } };
  const point = { id: 1, vector: [0.1, 0.2, 0.3, 0.4], payload: { text: 'yes' } };
  return {
    id: `qdrant/round-trip@${context.host.name}`,
    level: 'api',
    service: 'qdrant',
    vantage: `host:${context.environment.ingress.host}`,
    title: 'a vector comes back from a throw-away collection',
    fix: `see ${nxRun(context.environment.name, 'qdrant:logs')}, and the free space below the data path`,
    ask: {
      kind: 'http-sequence',
      steps: [
        // A collection that an interrupted run left must not fail the next one.
        { ...step('clear', 'DELETE', ''), expect: { status: [200, 404] } },
        step('create', 'PUT', '', vectors),
        step('upsert', 'PUT', '/points?wait=true', { points: [point] }),
        step('query', 'POST', '/points/query', { query: point.vector, limit: 1 }, [
          { path: 'result.points[].id', equals: [1] },
        ]),
        { ...step('delete', 'DELETE', ''), always: true },
      ],
    },
    expect: {},
  };
}
