import type { Server } from 'node:http';
import { join } from 'node:path';
import { bearerOf, createDouble, Refusal, runDouble, sendText } from '../http-double';
import type { Answer, Env, Exchange, Routes } from '../http-double';
import { collectionRoutes } from './collections';
import { pointRoutes } from './points';
import { snapshotRoutes } from './snapshots';
import { QdrantStore } from './store';

const VERSION = '1.19.0-double';
const OPEN = ['/', '/healthz', '/livez', '/readyz', '/dashboard'];

/** The REST API of Qdrant over `<directory>/storage` and `<directory>/snapshots`. */
export function createQdrant(env: Env, directory: string, log?: (line: string) => void): Server {
  const store = new QdrantStore(
    env.QDRANT__STORAGE__STORAGE_PATH ?? join(directory, 'storage'),
    env.QDRANT__STORAGE__SNAPSHOTS_PATH ?? join(directory, 'snapshots'),
  );
  return createDouble({
    ...(log && { log }),
    guard: (exchange) => {
      checkKey(exchange, env);
      checkType(exchange);
    },
    routes: {
      'GET /': () => ({
        title: 'qdrant - vector search engine',
        version: VERSION,
        commit: 'double',
      }),
      'GET /healthz': ({ response }) => sendText(response, 200, 'healthz check passed'),
      'GET /livez': ({ response }) => sendText(response, 200, 'healthz check passed'),
      'GET /readyz': ({ response }) => sendText(response, 200, 'all shards are ready'),
      'GET /telemetry': result(() => ({ app: { name: 'qdrant', version: VERSION } })),
      'GET /metrics': ({ response }) =>
        sendText(response, 200, `collections_total ${Object.keys(store.collections).length}\n`),
      ...results(collectionRoutes(store)),
      ...results(pointRoutes(store)),
      ...results(snapshotRoutes(store)),
    },
    renderError: (_status, message) => ({ status: { error: message }, time: 0 }),
  });
}

function checkKey({ url, headers, request, response }: Exchange, env: Env): void {
  const key = env.QDRANT__SERVICE__API_KEY;
  const readOnly = env.QDRANT__SERVICE__READ_ONLY_API_KEY;
  if (!key || OPEN.includes(url.pathname)) return;
  const given = headers['api-key'] ?? bearerOf(headers);
  if (given === key) return;
  if (!readOnly || given !== readOnly) {
    const missing = 'Must provide an API key or an Authorization bearer token';
    const text = given === undefined ? missing : 'Invalid API key or JWT';
    // The one error that Qdrant gives as plain text.
    sendText(response, 401, text);
    throw new Refusal(401, text);
  }
  const reads =
    request.method === 'GET' || /\/points(\/(search|query|scroll|count))?$/.test(url.pathname);
  if (!reads || request.method === 'PUT')
    throw new Refusal(403, 'Forbidden: Global manage access is required');
}

/** Qdrant reads no body that says it is something else than JSON. */
function checkType({ headers }: Exchange): void {
  const sent = Number(headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in headers;
  const type = headers['content-type'] ?? 'application/json';
  if (sent && !type.startsWith('application/json')) throw new Refusal(400, 'Content type error');
}

/** Wraps what a route returns as Qdrant does. */
const result =
  (answer: Answer): Answer =>
  (exchange) => ({ result: answer(exchange), status: 'ok', time: 0.0001 });
const results = (routes: Routes): Routes =>
  Object.fromEntries(Object.entries(routes).map(([path, answer]) => [path, result(answer)]));

/** `./qdrant` in its working directory; flags of the real program are accepted and ignored. */
export function run(_args: readonly string[], env: Env): void {
  const port = Number(env.QDRANT__SERVICE__HTTP_PORT ?? 6333);
  runDouble(
    createQdrant(env, process.cwd(), console.log),
    port,
    env.QDRANT__SERVICE__HOST ?? '0.0.0.0',
  );
}
