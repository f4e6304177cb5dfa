import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import { z } from 'zod';
import { listen, scratchDirectory } from '../listen';
import type { Listening } from '../listen';
import { createQdrant } from './double';

/** The double as Qdrant's own client sees it; each answer must fit Qdrant's OpenAPI document. */
interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly text: string;
}
const openApi = JSON.parse(readFileSync('tools/lab/doubles/qdrant/openapi.json', 'utf8')) as {
  answers: Record<string, object>;
  definitions: object;
};
const schemas = Object.entries(openApi.answers).map(([answer, schema]) => {
  const [method = '', path = ''] = answer.split(' ');
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
  const parsed = z.fromJSONSchema({
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...schema,
    definitions: openApi.definitions,
  });
  return { method: method.toUpperCase(), pattern, parsed };
});
const errors = schemas.find(({ method }) => method === 'ERROR')!;
/** Not in the document: a file, and what 1.19 still serves for older clients. */
const elsewhere = /\/points\/search$|\.snapshot$/;

function record(server: Server, answers: Recorded[]): Server {
  return server.prependListener('request', (request, response) => {
    const end = response.end.bind(response) as (...given: unknown[]) => typeof response;
    response.end = (...given: unknown[]) => {
      const path = new URL(request.url ?? '', 'http://double').pathname;
      const text = typeof given[0] === 'string' ? given[0] : '';
      answers.push({ method: request.method ?? '', path, status: response.statusCode, text });
      return end(...given);
    };
  });
}

function misfit({ method, path, status, text }: Recorded): string | undefined {
  if (status === 401 || (status === 200 && elsewhere.test(path) && method !== 'DELETE')) {
    return undefined;
  }
  const known = schemas.find(
    (candidate) => candidate.method === method && candidate.pattern.test(path),
  );
  const schema = status === 200 ? known : errors;
  if (schema === undefined) return `${method} ${path}: not in the document`;
  const body = JSON.parse(text) as { result?: unknown; status?: unknown };
  const whole =
    path === '/' || (status === 200 ? body.result !== undefined : body.status !== undefined);
  const { error } = schema.parsed.safeParse(body);
  return whole && !error ? undefined : `${method} ${path} ${status}: ${text} ${error?.message}`;
}

const env = { QDRANT__SERVICE__API_KEY: 'k', QDRANT__SERVICE__READ_ONLY_API_KEY: 'r' };
const uuid = '0b1ab7a6-8a2d-4c11-9c0f-3b6c6c0d6c11';
let scratch: ReturnType<typeof scratchDirectory>;
let qdrant: Listening;
let answers: Recorded[];
let client: QdrantClient;
const clientWith = (headers: Record<string, string>) =>
  new QdrantClient({ url: qdrant.url, headers, checkCompatibility: false });
const refused = async (asked: Promise<unknown>) => {
  const error: unknown = await asked.then(
    () => new Error('was not refused'),
    (reason: unknown) => reason,
  );
  return error as { status?: number; data?: { status?: { error?: string } }; message: string };
};
const ids = (points: readonly { id: string | number }[]) => points.map(({ id }) => id);

beforeEach(async () => {
  scratch = scratchDirectory();
  answers = [];
  qdrant = await listen(record(createQdrant(env, scratch.directory), answers));
  client = clientWith({ 'api-key': 'k' });
});
afterEach(async () => {
  await qdrant.close();
  scratch.remove();
  expect(answers.map(misfit).filter((text) => text !== undefined)).toEqual([]);
});

const fill = async () => {
  await client.createCollection('c', { vectors: { size: 2, distance: 'Cosine' } });
  const points = [
    { id: 10, vector: [3, 0], payload: { team: 'red', tags: ['a', 'b'] } },
    { id: 9, vector: [0, 2], payload: { team: 'blue' } },
    { id: uuid, vector: [1, 1], payload: { team: 'red', metadata: { hash: 'h' } } },
    { id: 2, vector: [-1, 0], payload: {} },
  ];
  return client.upsert('c', { points });
};

describe('collections', () => {
  it('are made, known, listed, described and removed', async () => {
    expect((await client.versionInfo()).version).toMatch(/^1\.19\./);
    expect((await client.collectionExists('c')).exists).toBe(false);
    await fill();
    expect((await client.collectionExists('c')).exists).toBe(true);
    expect(await client.getCollections()).toEqual({ collections: [{ name: 'c' }] });
    expect(await client.getCollection('c')).toMatchObject({
      status: 'green',
      points_count: 4,
      config: { params: { vectors: { size: 2, distance: 'Cosine' }, on_disk_payload: true } },
    });
    expect(await client.deleteCollection('c')).toBe(true);
    expect(await client.deleteCollection('c')).toBe(false);
  });
  it('index payloads', async () => {
    await fill();
    const index = { wait: true, field_name: 'team', field_schema: 'keyword' } as const;
    expect((await client.createPayloadIndex('c', index)).status).toBe('completed');
    expect((await client.getCollection('c')).payload_schema).toEqual({
      team: { data_type: 'keyword', points: 3 },
    });
    await client.deletePayloadIndex('c', 'team');
    expect((await client.getCollection('c')).payload_schema).toEqual({});
  });
  it.each([
    ['unknown', 404, "Not found: Collection `x` doesn't exist!", () => client.getCollection('x')],
    [
      'twice',
      409,
      'Wrong input: Collection `c` already exists!',
      () => client.createCollection('c', { vectors: { size: 2, distance: 'Dot' } }),
    ],
    [
      'a wrong size',
      400,
      'Wrong input: Vector dimension error: expected dim: 2, got 3',
      () => client.upsert('c', { points: [{ id: 1, vector: [1, 2, 3] }] }),
    ],
    [
      'a query of a wrong size',
      400,
      'Wrong input: Vector dimension error: expected dim: 2, got 1',
      () => client.query('c', { query: [1] }),
    ],
    [
      'near an unknown point',
      404,
      'Not found: No point with id 77 found',
      () => client.query('c', { query: 77 }),
    ],
  ])('refuse: %s', async (_name, status, error, asked) => {
    await fill();
    expect(await refused(asked())).toMatchObject({ status, data: { status: { error } } });
  });
  it('refuse what fits no limit: nothing asked for, a name that is a path', async () => {
    await fill();
    expect(await refused(client.scroll('c', { limit: 0 }))).toMatchObject({ status: 422 });
    const up = client.createCollection('../c', { vectors: { size: 2, distance: 'Dot' } });
    expect(await refused(up)).toMatchObject({ status: 422 });
  });
});

describe('points', () => {
  beforeEach(fill);

  it('are ranked by cosine', async () => {
    const { points } = await client.query('c', { query: [1, 0.1], with_payload: ['team'] });
    expect(ids(points)).toEqual([10, uuid, 9, 2]);
    expect(points[0]).toMatchObject({ score: expect.closeTo(0.995, 3), payload: { team: 'red' } });
    expect(ids(await client.search('c', { vector: [1, 0.1], limit: 2 }))).toEqual([10, uuid]);
    expect(ids((await client.query('c', { query: 10, score_threshold: 0 })).points)).toEqual([
      uuid,
      9,
    ]);
  });
  it.each([
    [{ must: [{ key: 'team', match: { value: 'red' } }] }, [10, uuid]],
    [{ must: [{ key: 'team', match: { any: ['blue', 'x'] } }] }, [9]],
    [{ must: [{ key: 'metadata.hash', match: { value: 'h' } }] }, [uuid]],
    [{ must_not: [{ key: 'team', match: { value: 'red' } }] }, [2, 9]],
    [{ should: [{ key: 'tags', match: { value: 'b' } }, { has_id: [2] }] }, [2, 10]],
    [
      {
        must: [{ key: 'team', match: { value: 'red' } }],
        must_not: [{ key: 'tags', match: { any: ['a'] } }],
      },
      [uuid],
    ],
    [{ must: [{ is_empty: { key: 'team' } }] }, [2]],
  ])('filter by %j', async (filter, wanted) => {
    expect(ids((await client.scroll('c', { filter })).points)).toEqual(wanted);
    expect((await client.count('c', { filter })).count).toBe(wanted.length);
    const { points } = await client.query('c', { query: [1, 0], filter });
    expect(new Set(ids(points))).toEqual(new Set(wanted));
  });
  it('scroll in the order of numbers, then UUIDs, also past a point that went', async () => {
    const first = await client.scroll('c', { limit: 2, with_payload: false });
    expect(first).toEqual({ points: [{ id: 2 }, { id: 9 }], next_page_offset: 10 });
    await client.delete('c', { points: [10] });
    const last = await client.scroll('c', { limit: 2, offset: first.next_page_offset as number });
    expect(ids(last.points)).toEqual([uuid]);
    expect(last.next_page_offset).toBeNull();
  });
  it('are read by id, vectors at length one', async () => {
    const found = await client.retrieve('c', { ids: [10, 77], with_vector: true });
    expect(found).toEqual([{ id: 10, vector: [1, 0], payload: { team: 'red', tags: ['a', 'b'] } }]);
    const compact = await client.retrieve('c', { ids: [uuid.replaceAll('-', '')] });
    expect(ids(compact)).toEqual([uuid]);
  });
  it('go by id and by filter; who does not wait is told only that it is taken', async () => {
    expect((await client.delete('c', { points: [2], wait: true })).status).toBe('completed');
    const filter = { must: [{ key: 'team', match: { value: 'red' } }] };
    expect((await client.delete('c', { filter })).status).toBe('acknowledged');
    expect(ids((await client.scroll('c')).points)).toEqual([9]);
  });
  it('come in columns, too', async () => {
    const batch = { ids: [5], vectors: [[0, 1]], payloads: [{ team: 'green' }] };
    await client.upsert('c', { batch });
    expect(await client.retrieve('c', { ids: [5] })).toEqual([
      { id: 5, payload: { team: 'green' } },
    ]);
  });
  it('are kept in snapshots that can be downloaded', async () => {
    const made = (await client.createSnapshot('c'))!;
    expect(made.name).toMatch(/^c-\d+-\d{4}(-\d\d){5}\.snapshot$/);
    expect(await client.listSnapshots('c')).toEqual([made]);
    const path = `/collections/c/snapshots/${made.name}`;
    const file = await qdrant.ask(path, { headers: { 'api-key': 'k' } });
    expect(file.headers['content-type']).toBe('application/octet-stream');
    expect(file.text.length).toBe(made.size);
    expect(await client.deleteSnapshot('c', made.name)).toBe(true);
    expect(await client.listSnapshots('c')).toEqual([]);
    expect(await refused(client.deleteSnapshot('c', made.name))).toMatchObject({ status: 404 });
  });
});

describe('keys', () => {
  it.each([
    ['none', {}, 'Must provide an API key or an Authorization bearer token'],
    ['a wrong one', { 'api-key': 'x' }, 'Invalid API key or JWT'],
  ])('%s: 401, in plain text', async (_name, headers: Record<string, string>, text) => {
    const error = await refused(clientWith(headers).getCollections());
    expect(error).toMatchObject({ status: 401, data: text });
  });
  it('the read-only one reads and does not write', async () => {
    await fill();
    const reader = clientWith({ 'api-key': 'r' });
    expect(ids((await reader.query('c', { query: [1, 0], limit: 1 })).points)).toEqual([10]);
    expect((await reader.count('c')).count).toBe(4);
    const error = { status: { error: 'Forbidden: Global manage access is required' } };
    for (const write of [
      reader.upsert('c', { points: [{ id: 1, vector: [1, 0] }] }),
      reader.delete('c', { points: [2] }),
      reader.deleteCollection('c'),
      reader.createSnapshot('c'),
    ]) {
      expect(await refused(write)).toMatchObject({ status: 403, data: error });
    }
  });
});

it('serves what Open WebUI asks for many tenants in one collection', async () => {
  const { hnsw_config, on_disk } = { hnsw_config: { payload_m: 16, m: 0 }, on_disk: false };
  const vectors = { size: 2, distance: 'Cosine', on_disk } as const;
  const optimizers_config = { default_segment_number: 2 };
  const settings = { vectors, hnsw_config, on_disk_payload: true, optimizers_config };
  await client.createCollection('open-webui_files', settings);
  for (const [field_name, tenant] of [
    ['tenant_id', { is_tenant: true }],
    ['metadata.hash', {}],
    ['metadata.file_id', {}],
  ] as const) {
    const field_schema = { type: 'keyword', on_disk, ...tenant } as const;
    await client.createPayloadIndex('open-webui_files', { field_name, field_schema, wait: true });
  }
  const rows = ['file-a', 'file-a', 'file-b'].map((tenant_id, row) => ({
    id: `00000000-0000-4000-8000-00000000000${row}`,
    vector: [1, row],
    payload: { text: `row ${row}`, metadata: { hash: `h${row}` }, tenant_id },
  }));
  await client.upsert('open-webui_files', { points: rows });
  expect(await client.getCollection('open-webui_files')).toMatchObject({
    config: { hnsw_config: { m: 0, payload_m: 16 }, optimizer_config: optimizers_config },
    payload_schema: {
      tenant_id: { data_type: 'keyword', params: { is_tenant: true }, points: 3 },
      'metadata.hash': { points: 3 },
      'metadata.file_id': { points: 0 },
    },
  });
  const tenant = { key: 'tenant_id', match: { value: 'file-a' } };
  const filter = { must: [tenant, { key: 'metadata.hash', match: { any: ['h1', 'h2'] } }] };
  const query = { query: [1, 0], filter, limit: 4, with_payload: true };
  const found = await client.query('open-webui_files', query);
  expect(found.points.map(({ payload }) => payload?.text)).toEqual(['row 1']);
  await client.delete('open-webui_files', {
    filter: { must: [tenant, { has_id: [rows[0]!.id] }] },
    wait: true,
  });
  expect((await client.count('open-webui_files', { filter: { must: [tenant] } })).count).toBe(1);
});
