import { asJson, asList, asText, Refusal } from '../http-double';
import type { Json } from '../http-double';
import type { Collection, Distance, Point, Vector, VectorSpace } from './store';

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

/** The points that a filter takes; a condition that is not known is refused, even when there are none. */
export function select({ points }: Collection, filter: unknown): Point[] {
  matches(filter, { id: 0, vector: [], payload: {} });
  return Object.values(points).filter((point) => matches(filter, point));
}

/** Qdrant's `must`, `should` and `must_not` over `match`, `range`, `has_id`, `is_empty` and nested filters. */
export function matches(filter: unknown, point: Point): boolean {
  const { must, should, must_not: mustNot } = asJson(filter);
  // Every condition is asked, so that an unknown one is always refused.
  const matchAll = (conditions: unknown): boolean[] =>
    (Array.isArray(conditions) ? conditions : [conditions ?? []].flat()).map((condition) =>
      matchesCondition(asJson(condition), point),
    );
  const [all, none, some] = [matchAll(must), matchAll(mustNot), matchAll(should)];
  return all.every(Boolean) && !none.some(Boolean) && (some.length === 0 || some.some(Boolean));
}

const PARTS = ['must', 'should', 'must_not'];
const refuse = (condition: Json) =>
  new Refusal(
    400,
    `Format error in JSON body: condition ${JSON.stringify(condition)} is not known`,
  );

function matchesCondition(condition: Json, point: Point): boolean {
  if (Array.isArray(condition.has_id)) {
    return condition.has_id.map(parseId).includes(point.id);
  }
  if ('is_empty' in condition) {
    const found = valuesAt(point.payload, asText(asJson(condition.is_empty).key).split('.'));
    return found.every((value) => value === null);
  }
  if (typeof condition.key === 'string') return matchesField(condition, condition.key, point);
  if (!Object.keys(condition).every((key) => PARTS.includes(key))) throw refuse(condition);
  return matches(condition, point);
}

function matchesField(condition: Json, key: string, point: Point): boolean {
  const found = valuesAt(point.payload, key.split('.'));
  const match = asJson(condition.match);
  if ('value' in match) return found.includes(match.value);
  if ('any' in match) return asList(match.any).some((value) => found.includes(value));
  if ('except' in match) return found.some((value) => !asList(match.except).includes(value));
  if ('text' in match) return found.some((value) => asText(value).includes(asText(match.text)));
  if ('range' in condition) return found.some((value) => inRange(value, asJson(condition.range)));
  throw refuse(condition);
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

/** A point's vector of that name, the unnamed one for `""`. */
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
  return select(collection, request.filter)
    .flatMap((point) => {
      const own = vectorIn(point.vector, name);
      return own === undefined ? [] : [{ point, score: score(distance, vector, own) }];
    })
    .filter((hit) => typeof least !== 'number' || sign * hit.score <= sign * least)
    .sort((a, b) => sign * (a.score - b.score))
    .slice(offset, offset + limitOf(request))
    .map((hit) => ({ ...renderPoint(hit.point, request), version: 0, score: hit.score }));
}

/** How many points are asked for, ten by default. */
export function limitOf({ limit }: Json): number {
  const wanted = typeof limit === 'number' ? limit : 10;
  if (wanted >= 1) return wanted;
  const text = `[limit: value ${wanted} invalid, must be 1 or larger]`;
  throw new Refusal(422, `Validation error in JSON body: ${text}`);
}

/** A point's id as Qdrant writes it: a number, or a UUID in lower case with hyphens. */
export function parseId(id: unknown): string | number {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0) return id;
  const digits = asText(id)
    .replace(/^urn:uuid:/, '')
    .replaceAll('-', '')
    .toLowerCase();
  if (/^[0-9a-f]{32}$/.test(digits)) {
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
  const text = `value ${String(id)} is not a valid point ID, valid values are either an unsigned integer or a UUID`;
  throw new Refusal(400, `Format error in JSON body: ${text}`);
}

/** A point as asked for: `with_payload` (true, keys, include, exclude) and `with_vector` (true, names). */
export function renderPoint(point: Point, request: Json, payloadByDefault = false): Json {
  const wanted = request.with_payload ?? payloadByDefault;
  const { with_vector: vectors } = request;
  const names = Array.isArray(vectors) ? vectors.map((name) => asText(name)) : undefined;
  const vector: Vector = names
    ? Object.fromEntries(names.map((name) => [name, vectorIn(point.vector, name) ?? []]))
    : point.vector;
  return {
    id: point.id,
    ...(wanted !== false && { payload: selectPayload(point.payload, wanted) }),
    ...((vectors === true || Array.isArray(vectors)) && { vector }),
  };
}

function selectPayload(payload: Json, wanted: unknown): Json {
  const include: unknown = Array.isArray(wanted) ? wanted : asJson(wanted).include;
  const exclude = asList(asJson(wanted).exclude);
  if ([...asList(include), ...exclude].some((key) => asText(key).includes('.'))) {
    throw new Refusal(400, 'Format error in JSON body: the double selects whole payload keys only');
  }
  const entries = Object.entries(payload).filter(
    ([key]) => (!Array.isArray(include) || include.includes(key)) && !exclude.includes(key),
  );
  return Object.fromEntries(entries);
}
