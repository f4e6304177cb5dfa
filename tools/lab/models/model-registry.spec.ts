import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listen } from '../doubles/listen';
import type { Listening } from '../doubles/listen';
import { BLOBS_HOST, modelRegistry } from './model-registry';

interface Described {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

let registry: Listening;
let lines: string[];
beforeEach(async () => {
  lines = [];
  registry = await listen(createServer(modelRegistry((line) => lines.push(line))));
});
afterEach(() => registry.close());

const manifestOf = async (model: string, tag = '14b') =>
  (await registry.json(`/v2/library/${model}/manifests/${tag}`)) as unknown as {
    status: number;
    body: { config: Described; layers: Described[] };
  };
// The answers are binary, which the doubles' own client is not made for.
const fetchBytes = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
  const reply = await fetch(registry.url + path, { headers, method, redirect: 'manual' });
  return { reply, bytes: Buffer.from(await reply.arrayBuffer()) };
};
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('the model registry', () => {
  it.each([
    ['qwen2.5-coder', ['model', 'template', 'params']],
    ['nomic-embed-text', ['model']],
  ])('has %s, whose blobs are what its manifest says', async (model, parts) => {
    const { status, body } = await manifestOf(model);
    expect(status).toBe(200);
    expect(body.layers.map(({ mediaType }) => mediaType)).toEqual(
      parts.map((part) => `application/vnd.ollama.image.${part}`),
    );
    for (const { digest, size } of [body.config, ...body.layers]) {
      const { reply, bytes } = await fetchBytes(`/${digest}`);
      expect([reply.status, bytes.length, digestOf(bytes)]).toEqual([200, size, digest]);
    }
  });

  it('is asked for a blob by the name of its model, and sends it on to its blobs', async () => {
    const { body } = await manifestOf('qwen2.5-coder');
    const { digest } = body.config;
    const { reply } = await fetchBytes(`/v2/library/qwen2.5-coder/blobs/${digest}`, {}, 'HEAD');
    expect(reply.status).toBe(307);
    expect(reply.headers.get('location')).toBe(`https://${BLOBS_HOST}/${digest}`);
  });

  it('sends a part of a blob, up to its end', async () => {
    const { digest, size } = (await manifestOf('qwen2.5-coder')).body.config;
    const whole = (await fetchBytes(`/${digest}`)).bytes;
    const { reply, bytes } = await fetchBytes(`/${digest}`, { range: `bytes=5-${size + 9}` });
    expect(reply.status).toBe(206);
    expect(reply.headers.get('content-range')).toBe(`bytes 5-${size - 1}/${size}`);
    expect(bytes).toEqual(whole.subarray(5));
  });

  it('gives each model the same bytes each time, and each name other ones', async () => {
    const first = await manifestOf('qwen2.5-coder');
    await registry.close();
    registry = await listen(createServer(modelRegistry(() => undefined)));
    expect(await manifestOf('qwen2.5-coder')).toEqual(first);
    expect((await manifestOf('llama3.2')).body.layers[0]).not.toEqual(first.body.layers[0]);
  });

  it.each([
    ['GET', '/v2/library/missing-model/manifests/latest', 404],
    ['GET', `/v2/library/qwen2.5-coder/blobs/sha256:${'0'.repeat(64)}`, 404],
    ['GET', `/sha256:${'0'.repeat(64)}`, 404],
    ['GET', '/v2/', 404],
    ['GET', '/', 404],
    ['POST', '/v2/library/qwen2.5-coder/blobs/uploads/', 405],
  ])('refuses %s %s with %d, and says so in its log', async (method, path, status) => {
    const { reply, bytes } = await fetchBytes(path, {}, method);
    expect(reply.status).toBe(status);
    expect(JSON.parse(bytes.toString())).toMatchObject({ errors: [{ code: expect.any(String) }] });
    expect(lines).toEqual([`${method} ${path} ${status}`]);
  });
});
