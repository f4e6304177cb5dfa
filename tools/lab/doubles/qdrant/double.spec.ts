import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listen, scratchDirectory } from '../listen';
import type { Listening } from '../listen';
import { createQdrant } from './double';
import { score } from './search';

const env = { QDRANT__SERVICE__API_KEY: 'k', QDRANT__SERVICE__READ_ONLY_API_KEY: 'r' };
const key = { 'api-key': 'k' };
let scratch: ReturnType<typeof scratchDirectory>;
let qdrant: Listening;
const call = (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = key,
) => qdrant.json(path, body, { method, headers });
const fill = async () => {
  await call('PUT', '/collections/c', { vectors: { size: 2, distance: 'Cosine' } });
  const points = [
    { id: 1, vector: [1, 0], payload: { team: 'red', tags: ['a', 'b'] } },
    { id: 2, vector: [0, 1], payload: { team: 'blue', nested: { size: 3 } } },
    { id: '0b1ab7a6-8a2d-4c11-9c0f-3b6c6c0d6c11', vector: [1, 1], payload: { team: 'red' } },
  ];
  return call('PUT', '/collections/c/points?wait=true', { points });
};

beforeEach(async () => {
  scratch = scratchDirectory();
  qdrant = await listen(createQdrant(env, scratch.directory));
});
afterEach(async () => {
  await qdrant.close();
  scratch.remove();
});

describe('keys', () => {
  it.each(['/', '/healthz', '/livez', '/readyz'])('%s needs none', async (path) => {
    expect((await qdrant.ask(path)).status).toBe(200);
  });
  it.each([
    ['none', 401, {}],
    ['a wrong one', 401, { 'api-key': 'x' }],
    ['the header', 200, key],
    ['a bearer', 200, { authorization: 'Bearer k' }],
    ['the read-only one', 200, { 'api-key': 'r' }],
  ])('%s on /collections: %d', async (_name, status, headers: Record<string, string>) => {
    expect((await qdrant.ask('/collections', { headers })).status).toBe(status);
  });
  it('come before everything else, as does the type of a body', async () => {
    const headers = { ...key, 'content-type': 'text/plain' };
    expect((await call('POST', '/collections/c/points/count', {}, headers)).status).toBe(400);
    expect((await qdrant.ask('/nowhere')).status).toBe(401);
  });
  it('the read-only one does not write', async () => {
    const body = { vectors: { size: 2, distance: 'Dot' } };
    expect((await call('PUT', '/collections/c', body, { 'api-key': 'r' })).status).toBe(403);
  });
});

describe('collections', () => {
  it('are made once, listed, described and removed', async () => {
    await fill();
    expect(
      (await call('PUT', '/collections/c', { vectors: { size: 2, distance: 'Dot' } })).status,
    ).toBe(409);
    expect((await call('GET', '/collections')).body.result).toEqual({
      collections: [{ name: 'c' }],
    });
    const schema = { field_name: 'team', field_schema: 'keyword' };
    expect((await call('PUT', '/collections/c/index', schema)).status).toBe(200);
    expect((await call('GET', '/collections/c')).body.result).toMatchObject({
      status: 'green',
      points_count: 3,
      payload_schema: { team: { data_type: 'keyword', points: 3 } },
    });
    expect((await call('DELETE', '/collections/c')).body.result).toBe(true);
    expect((await call('GET', '/collections/c')).body.status).toEqual({
      error: "Not found: Collection `c` doesn't exist!",
    });
  });
  it.each([
    [{}],
    [{ vectors: { size: 0, distance: 'Dot' } }],
    [{ vectors: { size: 2, distance: 'x' } }],
  ])('refuses %j', async (body) => {
    const { status } = await call('PUT', '/collections/d', body);
    expect(status).toBe(JSON.stringify(body) === '{}' ? 200 : 400);
  });
  it('outlive a restart', async () => {
    await fill();
    await qdrant.close();
    qdrant = await listen(createQdrant(env, scratch.directory));
    expect((await call('POST', '/collections/c/points/count', {})).body.result).toEqual({
      count: 3,
    });
  });
});

describe('points', () => {
  beforeEach(fill);
  const ids = (result: unknown) => (result as { id: unknown }[]).map(({ id }) => id);

  it('are found by vector, best first, filtered', async () => {
    const near = await call('POST', '/collections/c/points/search', {
      vector: [1, 0.1],
      limit: 2,
      with_payload: true,
    });
    expect(near.body.result).toMatchObject([
      { id: 1, payload: { team: 'red' } },
      { score: expect.any(Number) },
    ]);
    const filter = { must: [{ key: 'team', match: { value: 'blue' } }] };
    const blue = await call('POST', '/collections/c/points/query', { query: [1, 0], filter });
    expect(ids((blue.body.result as { points: unknown }).points)).toEqual([2]);
  });
  it.each([
    [{ must: [{ key: 'tags', match: { value: 'b' } }] }, 1],
    [{ must: [{ key: 'nested.size', range: { gte: 3 } }] }, 1],
    [{ must_not: [{ key: 'team', match: { any: ['red'] } }] }, 1],
    [{ should: [{ has_id: [1] }, { has_id: [2] }] }, 2],
  ])('count by %j', async (filter, count) => {
    expect((await call('POST', '/collections/c/points/count', { filter })).body.result).toEqual({
      count,
    });
  });
  it('scroll, get and delete', async () => {
    const page = await call('POST', '/collections/c/points/scroll', { limit: 2 });
    expect(page.body.result).toMatchObject({
      points: [{ id: 1 }, { id: 2 }],
      next_page_offset: '0b1ab7a6-8a2d-4c11-9c0f-3b6c6c0d6c11',
    });
    expect((await call('GET', '/collections/c/points/2')).body.result).toMatchObject({
      vector: [0, 1],
    });
    await call('POST', '/collections/c/points/delete', { points: [2] });
    expect((await call('GET', '/collections/c/points/2')).status).toBe(404);
    await call('POST', '/collections/c/points/delete', {
      filter: { must: [{ key: 'team', match: { value: 'red' } }] },
    });
    expect((await call('POST', '/collections/c/points/count', {})).body.result).toEqual({
      count: 0,
    });
  });
  it.each([
    [{ points: [{ id: 'x', vector: [1, 1] }] }, /not a valid point ID/],
    [{ points: [{ id: 1, vector: [1] }] }, /expected dim: 2, got 1/],
  ])('refuse %j', async (body, error) => {
    const { status, body: answer } = await call('PUT', '/collections/c/points', body);
    expect(status).toBe(400);
    expect((answer.status as { error: string }).error).toMatch(error);
  });
  it('are kept in snapshots', async () => {
    const { body } = await call('POST', '/collections/c/snapshots');
    const { name } = body.result as { name: string };
    expect((await call('GET', '/collections/c/snapshots')).body.result).toMatchObject([{ name }]);
    expect((await call('DELETE', `/collections/c/snapshots/${name}`)).body.result).toBe(true);
    expect((await call('DELETE', `/collections/c/snapshots/${name}`)).status).toBe(404);
  });
});

it.each([
  ['Cosine', 1],
  ['Dot', 2],
  ['Euclid', 1],
  ['Manhattan', 1],
] as const)('scores by %s', (distance, wanted) =>
  expect(score(distance, [2, 0], [1, 0])).toBeCloseTo(wanted),
);
