import { asJson, asList, asText, Refusal } from '../http-double';
import type { Exchange, Json, Routes } from '../http-double';
import { renderUpdate } from './collections';
import { limitOf, parseId, renderPoint, search, select, spaceFor, vectorIn } from './search';
import type { Collection, Point, QdrantStore, Vector } from './store';

const wrongBody = (text: string) => new Refusal(400, `Format error in JSON body: ${text}`);

/** Points: written, read by id, searched, scrolled, counted and removed. */
export function pointRoutes(store: QdrantStore): Routes {
  const at = ({ params: [name = ''] }: Exchange) => store.find(name);
  return {
    'PUT /collections/:name/points': (exchange) => {
      const collection = at(exchange);
      const points = parsePoints(exchange.body).map((point) => parsePoint(point, collection));
      for (const point of points) collection.points[String(point.id)] = point;
      store.save();
      return renderUpdate(exchange);
    },
    'POST /collections/:name/points': (exchange) => {
      const { ids } = exchange.body;
      const { points } = at(exchange);
      if (!Array.isArray(ids)) throw wrongBody('missing field `ids`');
      return ids
        .flatMap((id) => points[String(parseId(id))] ?? [])
        .map((point) => renderPoint(point, exchange.body, true));
    },
    'GET /collections/:name/points/:id': (exchange) => {
      const id = exchange.params[1] ?? '';
      const point = at(exchange).points[String(parseId(/^\d+$/.test(id) ? Number(id) : id))];
      if (point === undefined)
        throw new Refusal(404, `Not found: Point with id ${id} does not exists!`);
      return renderPoint(point, { with_payload: true, with_vector: true });
    },
    'POST /collections/:name/points/delete': (exchange) => {
      const collection = at(exchange);
      for (const id of selectIds(exchange.body, collection)) {
        Reflect.deleteProperty(collection.points, String(id));
      }
      store.save();
      return renderUpdate(exchange);
    },
    // Served by 1.19 for older clients; its OpenAPI document has only `query`.
    'POST /collections/:name/points/search': (exchange) => {
      const { vector } = exchange.body;
      const { name, vector: inner } = asJson(vector);
      const plain = Array.isArray(vector);
      const numbers = parseNumbers(plain ? vector : inner);
      return search(at(exchange), numbers, plain ? '' : asText(name), exchange.body);
    },
    'POST /collections/:name/points/query': (exchange) => query(at(exchange), exchange.body),
    'POST /collections/:name/points/scroll': (exchange) => scroll(at(exchange), exchange.body),
    'POST /collections/:name/points/count': (exchange) => ({
      count: select(at(exchange), exchange.body.filter).length,
    }),
  };
}

/** The points of a write, which may come as a list or in columns (`batch`). */
function parsePoints(body: Json): Json[] {
  if (Array.isArray(body.points)) return body.points.map(asJson);
  const { ids, vectors, payloads } = asJson(body.batch);
  if (!Array.isArray(ids)) throw wrongBody('neither `points` nor `batch` is a list');
  const vectorAt = (index: number): unknown =>
    Array.isArray(vectors)
      ? vectors[index]
      : Object.fromEntries(
          Object.entries(asJson(vectors)).map(([name, list]) => [name, asList(list)[index]]),
        );
  return ids.map((id: unknown, index) => ({
    id,
    vector: vectorAt(index),
    payload: asList(payloads)[index],
  }));
}

function parsePoint({ id, vector, payload }: Json, collection: Collection): Point {
  const known = parseId(id);
  if (typeof vector !== 'object' || vector === null) throw wrongBody('missing field `vector`');
  const kept = Object.entries(Array.isArray(vector) ? { '': vector } : vector).map(
    ([name, given]) => {
      const numbers = parseNumbers(given);
      const { distance } = spaceFor(collection, name, numbers);
      return [name, distance === 'Cosine' ? toUnit(numbers) : numbers] as const;
    },
  );
  const named: Vector = Object.fromEntries(kept);
  return { id: known, vector: named[''] ?? named, payload: asJson(payload) };
}

/** Qdrant keeps vectors that it compares by cosine at length one. */
function toUnit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return length === 0 ? [...vector] : vector.map((value) => value / length);
}

function parseNumbers(vector: unknown): number[] {
  const numbers: unknown[] = asList(vector);
  if (Array.isArray(vector) && numbers.every((value) => typeof value === 'number')) {
    return numbers;
  }
  throw wrongBody('the double knows dense vectors only: lists of numbers');
}

function selectIds({ points, filter }: Json, collection: Collection): (string | number)[] {
  if (Array.isArray(points)) return points.map(parseId);
  if (filter === undefined) throw wrongBody('neither `points` nor `filter` is given');
  return select(collection, filter).map(({ id }) => id);
}

/** Nearest to a vector or to a stored point (which is left out itself); without a query, by id. */
function query(collection: Collection, body: Json): { points: Json[] } {
  if (body.prefetch !== undefined) throw wrongBody('the double knows no `prefetch`');
  const asked = body.query ?? undefined;
  if (asked === undefined) {
    const { points } = scroll(collection, { with_payload: false, ...body });
    return { points: points.map((point) => ({ ...point, version: 0, score: 0 })) };
  }
  const nearest = typeof asked === 'object' && 'nearest' in asked ? asked.nearest : asked;
  const using = asText(body.using);
  if (typeof nearest !== 'string' && typeof nearest !== 'number') {
    return { points: search(collection, parseNumbers(nearest), using, body) };
  }
  const id = parseId(nearest);
  const vector = vectorIn(collection.points[String(id)]?.vector ?? {}, using);
  if (vector === undefined) throw new Refusal(404, `Not found: No point with id ${id} found`);
  const filter = { must: [body.filter ?? {}], must_not: [{ has_id: [id] }] };
  return { points: search(collection, vector, using, { ...body, filter }) };
}

/** Numbers come before UUIDs. */
function compareIds({ id: a }: Point, { id: b }: Point): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === typeof b) return a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : 1;
}

/** A page in the order of ids, from `offset` on, even if that point is gone. */
function scroll(collection: Collection, body: Json) {
  const limit = limitOf(body);
  const found = select(collection, body.filter).sort(compareIds);
  const offset = body.offset ?? undefined;
  const first = offset === undefined ? undefined : { id: parseId(offset), vector: [], payload: {} };
  const rest = found.filter((point) => first === undefined || compareIds(point, first) >= 0);
  return {
    points: rest.slice(0, limit).map((point) => renderPoint(point, body, true)),
    next_page_offset: rest[limit]?.id ?? null,
  };
}
