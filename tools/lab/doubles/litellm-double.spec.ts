import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listen } from './listen';
import type { Listening } from './listen';
import { addressOfScript, createLitellm } from './litellm-double';
import { parseLitellmArgs, parseLitellmConfig } from './litellm-double-config';
import { createVllm } from './vllm-double';
import { parseVllmArgs } from './vllm-args';

const headers = { authorization: 'Bearer sk-master' };
const env = { LITELLM_MASTER_KEY: 'sk-master', VLLM_API_KEY: 'k' };
const chat = (extra: object = {}) => ({
  model: 'qwen',
  messages: [{ role: 'user', content: 'hello' }],
  ...extra,
});
const entry = (name: string, model: string, base: string, key = '', id = '') => `
  - model_name: ${name}
    model_info: { id: '${id}' }
    litellm_params: { model: ${model}, api_base: '${base}', api_key: '${key}' }`;
let vllm: Listening;
let echo: Listening;
let litellm: Listening;
beforeAll(async () => {
  const args = parseVllmArgs(['M/x', '--served-model-name', 'X', '--max-model-len', '100']);
  vllm = await listen(createVllm(args, { VLLM_API_KEY: 'k' }));
  echo = await listen(
    createServer((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify({ path: request.url })));
    }),
  );
  const config = `model_list:
    ${entry('qwen', 'hosted_vllm/X', `${vllm.url}/v1`, 'os.environ/VLLM_API_KEY', 'qwen@a').trim()}
    ${entry('qwen', 'hosted_vllm/X', 'http://127.0.0.1:1/v1', 'os.environ/VLLM_API_KEY', 'qwen@b').trim()}
    ${entry('coder', 'ollama_chat/coder:14b', echo.url).trim()}
    ${entry('embed', 'ollama/embed', echo.url).trim()}
    ${entry('dead', 'ollama/dead', 'http://127.0.0.1:1').trim()}
general_settings: { master_key: os.environ/LITELLM_MASTER_KEY }
`.replace(/^ {4}- /gm, '  - ');
  litellm = await listen(createLitellm(parseLitellmConfig(config, env)));
});
afterAll(() => Promise.all([litellm, vllm, echo].map((server) => server.close())));

describe('keys', () => {
  it.each(['/health/liveliness', '/health/readiness'])('%s needs none', async (path) => {
    expect((await litellm.ask(path)).status).toBe(200);
  });
  it.each([
    ['none', {}, 401, 'auth_error'],
    ['a wrong one', { authorization: 'Bearer sk-0' }, 400, 'no_db_connection'],
    ['a wrong one as x-api-key', { 'x-api-key': 'sk-0' }, 400, 'no_db_connection'],
  ])('%s is refused', async (_what, wrong, status, type) => {
    const answer = await litellm.json('/v1/models', undefined, { headers: wrong });
    expect(answer).toMatchObject({ status, body: { error: { type } } });
  });
});

it('takes the key as x-api-key, too', async () => {
  const answer = await litellm.json('/v1/models', undefined, {
    headers: { 'x-api-key': 'sk-master' },
  });
  expect(answer.status).toBe(200);
});

describe('requests', () => {
  it.each(['/v1/models', '/models'])('%s lists each name once', async (path) => {
    const { body } = await litellm.json(path, undefined, { headers });
    expect((body.data as { id: string }[]).map(({ id }) => id)).toEqual([
      'qwen',
      'coder',
      'embed',
      'dead',
    ]);
  });
  it('reach a deployment that answers, with its own key and name', async () => {
    for (let time = 0; time < 8; time += 1) {
      const { status, body } = await litellm.json('/v1/chat/completions', chat(), { headers });
      expect([status, body.model]).toEqual([200, 'X']);
    }
  });
  it('reach one deployment alone by its id', async () => {
    for (let time = 0; time < 4; time += 1) {
      const ask = async (model: string) =>
        (await litellm.json('/v1/chat/completions', chat({ model }), { headers })).status;
      expect([await ask('qwen@a'), await ask('qwen@b')]).toEqual([200, 500]);
    }
  });
  it('stream', async () => {
    const body = JSON.stringify(chat({ stream: true }));
    const reply = await litellm.ask('/v1/chat/completions', { method: 'POST', headers, body });
    expect(reply.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(reply.text.trim().split('\n\n').at(-1)).toBe('data: [DONE]');
  });
  it.each([
    ['/v1/chat/completions', 'coder', '/v1/chat/completions'],
    ['/v1/embeddings', 'embed', '/v1/embeddings'],
  ])('%s of an Ollama model', async (path, model, expected) => {
    const { body } = await litellm.json(path, { model, input: 'x' }, { headers });
    expect(body.path).toBe(expected);
  });
  it.each([
    ['an unknown model', { model: 'nope' }, 400, 'Invalid model name passed in model=nope'],
    ['an engine that is down', { model: 'dead' }, 500, 'Connection error'],
    ["the engine's own refusal", chat({ max_tokens: 200 }), 400, 'maximum context length'],
  ])('answer %s', async (_what, request, status, message) => {
    const answer = await litellm.json('/v1/chat/completions', request, { headers });
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({ message: expect.stringContaining(message) });
  });
});

it.each([
  [['--bogus', '1'], 'No such option: --bogus'],
  [['--config'], 'requires an argument'],
])('refuses the arguments %j', (argv, message) =>
  expect(() => parseLitellmArgs(argv)).toThrow(message),
);
it.each([
  ['model_list: []', 'no master key'],
  [
    `general_settings: { master_key: k }\nmodel_list:${entry('a', 'openai/x', 'http://x')}`,
    'cannot use',
  ],
])('refuses the configuration %j', (text, message) =>
  expect(() => parseLitellmConfig(text, {})).toThrow(message),
);
it.each([
  [
    ['-c', "import urllib.request as r; r.urlopen('http://127.0.0.1:4000/x', timeout=4)"],
    'http://127.0.0.1:4000/x',
  ],
  [['-c', 'print(1)'], undefined],
  [['-m', 'http.server'], undefined],
])('python3 %j asks %j', (argv, url) => expect(addressOfScript(argv)).toBe(url));
