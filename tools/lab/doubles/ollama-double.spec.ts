import { existsSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listen, scratchFolder } from './listen';
import type { Listening } from './listen';
import { createOllama, parseKeepAlive } from './ollama-api';
import { parseOllamaHost } from './ollama-double';

const MODEL = 'qwen2.5-coder:14b';
let scratch: ReturnType<typeof scratchFolder>;
let ollama: Listening;
const start = async (chunkMs = '0') => {
  const env = { OLLAMA_MODELS: scratch.folder, OLLAMA_DOUBLE_CHUNK_MS: chunkMs };
  ollama = await listen(createOllama(env));
};
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const pull = async (model: string) => {
  const body = JSON.stringify({ model });
  const { status, text } = await ollama.ask('/api/pull', { method: 'POST', body });
  return { status, lines: lines(text) };
};
const ask = (content: string) => ({ model: MODEL, messages: [{ role: 'user', content }] });

beforeEach(async () => {
  scratch = scratchFolder();
  await start();
});
afterEach(async () => {
  await ollama.close();
  scratch.remove();
});

describe('pull', () => {
  it('sends the documented lines and ends with success', async () => {
    const { status, lines: sent } = await pull(MODEL);
    const statuses = [...new Set(sent.map((line) => line.status))];
    expect(status).toBe(200);
    expect(statuses[0]).toBe('pulling manifest');
    expect(statuses[1]).toMatch(/^pulling [0-9a-f]{12}$/);
    expect(statuses.slice(-3)).toEqual(['verifying sha256 digest', 'writing manifest', 'success']);
    const weights = sent.filter((line) => line.status === statuses[1]);
    expect(weights.at(-1)).toMatchObject({ total: 8388608, completed: 8388608 });
    const { body } = await ollama.json('/api/tags');
    expect(body.models).toMatchObject([{ name: MODEL, size: expect.any(Number) }]);
  });

  it('does not load twice what is there, and knows a name without tag', async () => {
    await pull('llama');
    const { lines: sent } = await pull('llama:latest');
    expect(sent.filter((line) => 'digest' in line)).toHaveLength(3);
    expect((await ollama.json('/api/show', { model: 'llama' })).status).toBe(200);
  });

  it.each([
    ['fail-x', 500, undefined, /no such host/],
    ['bad name', 400, undefined, /invalid model name/],
    ['missing-x', 200, 'pulling manifest', /^pull model manifest: file does not exist$/],
    ['broken-x:1b', 200, 'pulling manifest', /unexpected EOF/],
  ])('%s: HTTP %d and an error', async (model, wanted, first, error) => {
    const { status, lines: sent } = await pull(model);
    expect(status).toBe(wanted);
    expect(sent[0]?.status).toBe(first);
    expect(sent.at(-1)?.error).toMatch(error);
    expect((await ollama.json('/api/tags')).body).toEqual({ models: [] });
  });

  it('goes on where a cut pull ended, also after a restart', async () => {
    await ollama.close();
    await start('20');
    await new Promise<void>((resolve) => {
      const sent = request(`${ollama.url}/api/pull`, { method: 'POST' }, (response) => {
        response.on('data', (chunk: Buffer) => {
          if (!chunk.toString().includes('"completed"')) return;
          sent.destroy();
          resolve();
        });
        response.on('error', () => undefined);
      });
      sent.on('error', () => undefined).end(JSON.stringify({ model: MODEL }));
    });
    await ollama.close();
    expect(readdirSync(join(scratch.folder, 'blobs'))).toEqual([
      expect.stringMatching(/-partial-0$/),
    ]);
    await start();
    const { lines: sent } = await pull(MODEL);
    expect(sent.find((line) => 'digest' in line)?.completed).toBeGreaterThan(0);
    expect(sent.at(-1)).toEqual({ status: 'success' });
  });

  it('without stream answers once', async () => {
    expect(await ollama.json('/api/pull', { model: MODEL, stream: false })).toEqual({
      status: 200,
      body: { status: 'success' },
    });
    expect(await ollama.json('/api/pull', { model: 'missing-x', stream: false })).toEqual({
      status: 500,
      body: { error: 'pull model manifest: file does not exist' },
    });
  });
});

describe('answers', () => {
  it('refuses a model that is not there', async () => {
    for (const path of ['/api/chat', '/v1/chat/completions', '/api/show']) {
      const { status, body } = await ollama.json(path, ask('hi'));
      expect([status, body]).toEqual([404, { error: `model '${MODEL}' not found` }]);
    }
  });

  it('chats, streamed and whole, naming the model', async () => {
    await pull(MODEL);
    const body = JSON.stringify(ask('hello'));
    const { headers, text } = await ollama.ask('/api/chat', { method: 'POST', body });
    const pieces = lines(text).map((line) => (line.message as { content: string }).content);
    expect(headers['content-type']).toBe('application/x-ndjson');
    expect(pieces.join('')).toBe(`${MODEL} on ollama-double heard: hello`);
    expect(lines(text).at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
    const whole = await ollama.json('/api/chat', { ...ask('hello'), stream: false });
    expect(whole.body.message).toEqual({ role: 'assistant', content: pieces.join('') });
    const cut = { model: MODEL, prompt: 'hi', stream: false, options: { num_predict: 1 } };
    expect((await ollama.json('/api/generate', cut)).body.done_reason).toBe('length');
    expect((await ollama.json('/api/ps')).body.models).toMatchObject([{ name: MODEL }]);
  });

  it('speaks OpenAI with and without SSE', async () => {
    await pull(MODEL);
    const { body } = await ollama.json('/v1/chat/completions', ask('hi'));
    expect(body.choices).toMatchObject([{ finish_reason: 'stop', message: { role: 'assistant' } }]);
    const streamed = JSON.stringify({ ...ask('hi'), stream: true });
    const { text } = await ollama.ask('/v1/chat/completions', { method: 'POST', body: streamed });
    expect(text).toMatch(/^data: \{.*\n\n(data: .*\n\n)+data: \[DONE\]\n\n$/);
    expect((await ollama.json('/v1/models')).body.data).toMatchObject([{ id: MODEL }]);
  });

  it('embeds to unit vectors that depend on the text', async () => {
    await pull('nomic-embed-text');
    const { body } = await ollama.json('/api/embed', {
      model: 'nomic-embed-text',
      input: ['a', 'b'],
    });
    const [a = [], b = []] = body.embeddings as number[][];
    expect(a).toHaveLength(768);
    expect(Math.hypot(...a)).toBeCloseTo(1);
    expect(a).not.toEqual(b);
    const { status } = await ollama.json('/api/chat', { ...ask('hi'), model: 'nomic-embed-text' });
    expect(status).toBe(400);
  });

  it('deletes a model with its blobs', async () => {
    await pull(MODEL);
    const question = { method: 'DELETE' };
    expect(
      (await ollama.ask('/api/delete', { ...question, body: JSON.stringify({ model: MODEL }) }))
        .status,
    ).toBe(200);
    expect(readdirSync(join(scratch.folder, 'blobs'))).toEqual([]);
    expect(existsSync(scratch.folder)).toBe(true);
    expect((await ollama.json('/api/delete', { model: MODEL }, question)).status).toBe(404);
  });
});

it('answers the questions of a health check', async () => {
  expect((await ollama.ask('/')).text).toBe('Ollama is running');
  expect((await ollama.ask('/', { method: 'HEAD' })).status).toBe(200);
  expect((await ollama.json('/api/version')).body.version).toMatch(/-double$/);
  expect((await ollama.ask('/nothing')).status).toBe(404);
});

it.each([
  [undefined, { host: '127.0.0.1', port: 11434 }],
  ['0.0.0.0:11434', { host: '0.0.0.0', port: 11434 }],
  ['http://10.0.0.1:80', { host: '10.0.0.1', port: 80 }],
])('reads OLLAMA_HOST %s', (value, wanted) => expect(parseOllamaHost(value)).toEqual(wanted));
it.each([
  ['5m', 300],
  ['-1', -1],
  [0, 0],
  [undefined, 300],
])('reads keep_alive %s', (value, wanted) => expect(parseKeepAlive(value)).toBe(wanted));
