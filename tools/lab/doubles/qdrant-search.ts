import { asJson, asList, asText, Refusal } from './http-double';
import type { Json } from './http-double';
import type { Collection, Distance, Point, Vector, VectorSpace } from './qdrant-store';

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
const gap = (a: readonly number[], b: readonly number[], power: number) =>
  a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)) ** power, 0);

/** The score of two vectors; for Euclid and Manhattan smaller is nearer. */
export function score(distance: Distance, a: readonly number[], b: readonly number[]): number {
  if (distance === 'Dot') return dot(a, b);
  if (distance === 'Euclid') return Math.sqrt(gap(a, b, 2));
  if (distance === 'Manhattan') return gap(a, b, 1);
  return dot(a, b) / (Math.hypot(...a) * Math.hypot(...b) || 1);
}

/** Qdrant's `must`, `should` and `must_not` over `match`, `range`, `has_id` and nested filters. */
export function matches(filter: unknown, point: Point): boolean {
  const { must, should, must_not: mustNot } = asJson(filter);
  const holds = (condition: unknown) => conditionHolds(asJson(condition), point);
  const list = (value: unknown): unknown[] =>
    Array.isArray(value) ? value : value === undefined ? [] : [value];
  return (
    list(must).every(holds) &&
    !list(mustNot).some(holds) &&
    (should === undefined || list(should).length === 0 || list(should).some(holds))
  );
}

function conditionHolds(condition: Json, point: Point): boolean {
  if (Array.isArray(condition.has_id)) return condition.has_id.includes(point.id);
  if (typeof condition.key !== 'string') return matches(condition, point);
  const found = valuesAt(point.payload, condition.key.split('.'));
  const match = asJson(condition.match);
  if ('value' in match) return found.includes(match.value);
  if ('any' in match) return asList(match.any).some((value) => found.includes(value));
  if ('except' in match) return found.some((value) => !asList(match.except).includes(value));
  if ('text' in match) return found.some((value) => asText(value).includes(asText(match.text)));
  if ('range' in condition) return found.some((value) => inRange(value, asJson(condition.range)));
  throw new Refusal(
    400,
    `Format error in JSON body: condition on \`${condition.key}\` is not known`,
  );
}

function inRange(value: unknown, { gt, gte, lt, lte }: Json): boolean {
  if (typeof value !== 'number') return false;
  const bound = (limit: unknown, otherwise: number) =>
    typeof limit === 'number' ? limit : otherwise;
  return (
    value > bound(gt, -Infinity) &&
    value >= bound(gte, -Infinity) &&
    value < bound(lt, Infinity) &&
    value <= bound(lte, Infinity)
  );
}

function valuesAt(payload: unknown, path: readonly string[]): unknown[] {
  const [key, ...rest] = path;
  if (key === undefined) return Array.isArray(payload) ? payload : [payload];
  const value = asJson(payload)[key.replace(/\[\]$/, '')];
  if (value === undefined) return [];
  return Array.isArray(value) && rest.length > 0
    ? value.flatMap((item) => valuesAt(item, rest))
    : valuesAt(value, rest);
}

export function vectorIn(vector: Vector, name: string): number[] | undefined {
  if (Array.isArray(vector)) return name === '' ? vector : undefined;
  return vector[name];
}
/** The space of that name; throws as Qdrant does when there is none or the size differs. */
export function spaceFor(
  collection: Collection,
  name: string,
  vector: readonly number[],
): VectorSpace {
  const space = collection.spaces[name];
  if (space === undefined) {
    throw new Refusal(400, `Wrong input: Not existing vector name error: ${name}`);
  }
  if (space.size !== vector.length) {
    const sizes = `expected dim: ${space.size}, got ${vector.length}`;
    throw new Refusal(400, `Wrong input: Vector dimension error: ${sizes}`);
  }
  return space;
}

/** The points nearest to a vector, best first. */
export function search(
  collection: Collection,
  vector: readonly number[],
  name: string,
  request: Json,
) {
  const { distance } = spaceFor(collection, name, vector);
  const sign = distance === 'Cosine' || distance === 'Dot' ? -1 : 1;
  const least = request.score_threshold;
  const offset = typeof request.offset === 'number' ? request.offset : 0;
  const limit = typeof request.limit === 'number' ? request.limit : 10;
  return Object.values(collection.points)
    .filter((point) => matches(request.filter, point))
    .map((point) => ({ point, score: score(distance, vector, vectorIn(point.vector, name) ?? []) }))
    .filter((hit) => typeof least !== 'number' || sign * hit.score <= sign * least)
    .sort((a, b) => sign * (a.score - b.score))
    .slice(offset, offset + limit)
    .map((hit) => ({ ...renderPoint(hit.point, request), version: 0, score: hit.score }));
}

/** A point as asked for: `with_payload` (true, a list of keys) and `with_vector`. */
export function renderPoint(point: Point, request: Json, payloadByDefault = false): Json {
  const wanted = request.with_payload ?? payloadByDefault;
  const keys = Array.isArray(wanted) ? wanted : undefined;
  const entries = Object.entries(point.payload).filter(([key]) => keys?.includes(key) ?? true);
  return {
    id: point.id,
    ...(wanted !== false && { payload: Object.fromEntries(entries) }),
    ...(request.with_vector === true && { vector: point.vector }),
  };
}
