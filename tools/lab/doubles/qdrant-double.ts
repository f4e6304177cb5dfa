import { readdirSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import {
  asJson,
  asList,
  asText,
  bearerOf,
  createDouble,
  Refusal,
  runDouble,
  sendText,
} from './http-double';
import type { Answer, Env, Exchange, Json, Routes } from './http-double';
import { matches, renderPoint, search, spaceFor } from './qdrant-search';
import { QdrantStore } from './qdrant-store';
import type { Collection, Distance, Point, Vector, VectorSpace } from './qdrant-store';

const VERSION = '1.19.0-double';
const OPEN = ['/', '/healthz', '/livez', '/readyz', '/dashboard'];
const DISTANCES = ['Cosine', 'Dot', 'Euclid', 'Manhattan'];

/** The REST API of Qdrant over `<folder>/storage` and `<folder>/snapshots`. */
export function createQdrant(env: Env, folder: string, log?: (line: string) => void): Server {
  const store = new QdrantStore(
    env.QDRANT__STORAGE__STORAGE_PATH ?? join(folder, 'storage'),
    env.QDRANT__STORAGE__SNAPSHOTS_PATH ?? join(folder, 'snapshots'),
  );
  return createDouble({
    ...(log && { log }),
    guard: (exchange) => checkKey(exchange, env),
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
      ...collectionRoutes(store),
      ...pointRoutes(store),
      ...snapshotRoutes(store),
    },
    renderError: (_status, message) => ({ status: { error: message }, time: 0 }),
  });
}

function checkKey({ url, headers, request }: Exchange, env: Env): void {
  const key = env.QDRANT__SERVICE__API_KEY;
  const readOnly = env.QDRANT__SERVICE__READ_ONLY_API_KEY;
  if (!key || OPEN.includes(url.pathname)) return;
  const given = headers['api-key'] ?? bearerOf(headers);
  if (given === key) return;
  if (!readOnly || given !== readOnly) {
    const text = 'Must provide an API key or an Authorization bearer token';
    throw new Refusal(401, given === undefined ? text : 'Invalid API key or JWT');
  }
  const reads =
    request.method === 'GET' || /\/points(\/(search|query|scroll|count))?$/.test(url.pathname);
  if (!reads || request.method === 'PUT')
    throw new Refusal(403, 'Forbidden: Global manage access is required');
}

/** Wraps what a route returns as Qdrant does. */
const result =
  (answer: Answer): Answer =>
  (exchange) => ({ result: answer(exchange), status: 'ok', time: 0.0001 });

function collectionRoutes(store: QdrantStore): Routes {
  return {
    'GET /collections': result(() => ({
      collections: Object.keys(store.collections)
        .sort()
        .map((name) => ({ name })),
    })),
    'GET /collections/:name': result(({ params: [name = ''] }) =>
      renderCollection(store.find(name)),
    ),
    'GET /collections/:name/exists': result(({ params: [name = ''] }) => ({
      exists: Object.hasOwn(store.collections, name),
    })),
    'PUT /collections/:name': result(({ params: [name = ''], body }) => {
      if (Object.hasOwn(store.collections, name)) {
        throw new Refusal(409, `Wrong input: Collection \`${name}\` already exists!`);
      }
      store.collections[name] = {
        config: body,
        spaces: parseSpaces(body.vectors),
        points: {},
        indexes: {},
      };
      store.save();
      return true;
    }),
    'DELETE /collections/:name': result(({ params: [name = ''] }) => store.remove(name)),
    'PUT /collections/:name/index': result(({ params: [name = ''], body }) => {
      store.find(name).indexes[asText(body.field_name)] = body.field_schema ?? 'keyword';
      store.save();
      return { operation_id: 0, status: 'completed' };
    }),
  };
}

function parseSpaces(vectors: unknown): Record<string, VectorSpace> {
  const single = asJson(vectors);
  const named = typeof single.size === 'number' ? { '': single } : single;
  return Object.fromEntries(
    Object.entries(named).map(([name, value]) => {
      const { size, distance } = asJson(value);
      if (typeof size !== 'number' || size < 1 || !DISTANCES.includes(asText(distance))) {
        throw new Refusal(
          400,
          'Format error in JSON body: vectors need a size and a known distance',
        );
      }
      return [name, { size, distance: distance as Distance }];
    }),
  );
}

const renderCollection = ({ config, points, indexes }: Collection) => ({
  status: 'green',
  optimizer_status: 'ok',
  indexed_vectors_count: 0,
  points_count: Object.keys(points).length,
  segments_count: 1,
  config: { params: config },
  payload_schema: indexes,
});

function pointRoutes(store: QdrantStore): Routes {
  const written = { operation_id: 0, status: 'completed' };
  const near = ({ params: [name = ''], body }: Exchange, vector: unknown, using: string) => {
    const collection = store.find(name);
    return search(collection, parseNumbers(vector, collection), using, body);
  };
  return {
    'PUT /collections/:name/points': result(({ params: [name = ''], body }) => {
      const collection = store.find(name);
      const points = asList(body.points).map((point) => parsePoint(asJson(point), collection));
      for (const point of points) collection.points[String(point.id)] = point;
      store.save();
      return written;
    }),
    'POST /collections/:name/points': result(({ params: [name = ''], body }) => {
      const { points } = store.find(name);
      const found = asList(body.ids).map((id) => points[String(id)]);
      return found
        .filter((point) => point !== undefined)
        .map((point) => renderPoint(point, body, true));
    }),
    'GET /collections/:name/points/:id': result(({ params: [name = '', id = ''] }) => {
      const point = store.find(name).points[id];
      if (point === undefined)
        throw new Refusal(404, `Not found: Point with id ${id} does not exists!`);
      return renderPoint(point, { with_payload: true, with_vector: true });
    }),
    'POST /collections/:name/points/delete': result(({ params: [name = ''], body }) => {
      const { points } = store.find(name);
      const ids = asList(body.points).map(String);
      const gone = Object.values(points).filter((point) =>
        body.filter === undefined ? ids.includes(String(point.id)) : matches(body.filter, point),
      );
      for (const point of gone) Reflect.deleteProperty(points, String(point.id));
      store.save();
      return written;
    }),
    'POST /collections/:name/points/search': result((exchange) => {
      const { vector } = exchange.body;
      const { name, vector: inner } = asJson(vector);
      return Array.isArray(vector)
        ? near(exchange, vector, '')
        : near(exchange, inner, asText(name));
    }),
    'POST /collections/:name/points/query': result((exchange) => {
      const { body, params } = exchange;
      const nearest = Array.isArray(body.query) ? body.query : asJson(body.query).nearest;
      if (nearest === undefined) return scroll(store.find(params[0] ?? ''), body);
      return { points: near(exchange, nearest, asText(body.using)) };
    }),
    'POST /collections/:name/points/scroll': result(({ params: [name = ''], body }) =>
      scroll(store.find(name), body),
    ),
    'POST /collections/:name/points/count': result(({ params: [name = ''], body }) => ({
      count: Object.values(store.find(name).points).filter((point) => matches(body.filter, point))
        .length,
    })),
  };
}

function parsePoint({ id, vector, payload }: Json, collection: Collection): Point {
  const uuid = typeof id === 'string' && /^[0-9a-f-]{32,36}$/i.test(id);
  if (!uuid && !(Number.isInteger(id) && Number(id) >= 0)) {
    const text = `value ${String(id)} is not a valid point ID, valid values are either an unsigned integer or a UUID`;
    throw new Refusal(400, `Format error in JSON body: ${text}`);
  }
  const named = Array.isArray(vector) ? { '': vector } : asJson(vector);
  for (const [name, numbers] of Object.entries(named))
    spaceFor(collection, name, numbers as number[]);
  return { id: id as string | number, vector: vector as Vector, payload: asJson(payload) };
}

/** A query's vector: numbers, or the id of a stored point. */
function parseNumbers(vector: unknown, collection: Collection): number[] {
  const stored = Array.isArray(vector) ? vector : collection.points[String(vector)]?.vector;
  if (!Array.isArray(stored)) throw new Refusal(404, 'Not found: No point with that id found');
  return stored as number[];
}

function scroll({ points }: Collection, body: Json) {
  const limit = typeof body.limit === 'number' ? body.limit : 10;
  const found = Object.values(points).filter((point) => matches(body.filter, point));
  found.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  const from = Math.max(
    0,
    found.findIndex((point) => point.id === body.offset),
  );
  const page = found.slice(from, from + limit);
  return {
    points: page.map((point) => renderPoint(point, body, true)),
    next_page_offset: found[from + limit]?.id ?? null,
  };
}

function snapshotRoutes(store: QdrantStore): Routes {
  const folder = (name: string) => {
    store.find(name);
    return join(store.snapshots, name);
  };
  const list = (name: string) => {
    try {
      return readdirSync(folder(name)).sort();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      return [];
    }
  };
  return {
    'POST /collections/:name/snapshots': result(({ params: [name = ''] }) =>
      store.snapshot(name, new Date()),
    ),
    'GET /collections/:name/snapshots': result(({ params: [name = ''] }) =>
      list(name).map((file) => ({ name: file, size: statSync(join(folder(name), file)).size })),
    ),
    'DELETE /collections/:name/snapshots/:file': result(({ params: [name = '', file = ''] }) => {
      if (!list(name).includes(file))
        throw new Refusal(404, `Not found: Snapshot ${file} not found`);
      rmSync(join(folder(name), file));
      return true;
    }),
  };
}

/** `./qdrant` in its working folder; flags of the real program are accepted and ignored. */
export function run(_args: readonly string[], env: Env): void {
  const port = Number(env.QDRANT__SERVICE__HTTP_PORT ?? 6333);
  runDouble(
    createQdrant(env, process.cwd(), console.log),
    port,
    env.QDRANT__SERVICE__HOST ?? '0.0.0.0',
  );
}
