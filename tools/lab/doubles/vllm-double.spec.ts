import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listen } from './listen';
import type { Listening } from './listen';
import { parseVllmArgs } from './vllm-args';
import { createVllm } from './vllm-double';

const NAME = 'Qwen2.5-7B-Instruct';
const headers = { authorization: 'Bearer k' };
let vllm: Listening;
beforeAll(async () => {
  const args = parseVllmArgs([
    'Qwen/Qwen2.5-7B-Instruct',
    '--served-model-name',
    NAME,
    '--max-model-len',
    '100',
  ]);
  vllm = await listen(createVllm(args, { VLLM_API_KEY: 'k' }));
});
afterAll(() => vllm.close());
const chat = (extra: object = {}) => ({
  model: NAME,
  messages: [{ role: 'user', content: 'hello' }],
  ...extra,
});

describe('arguments', () => {
  it('are those of vllm serve', () => {
    const args = ['M/x', '--served-model-name', 'a', 'b', '--enable-auto-tool-choice'];
    const more = [
      '--tool-call-parser',
      'hermes',
      '--shutdown-timeout=30',
      '--gpu_memory_utilization',
      '0.9',
    ];
    expect(parseVllmArgs([...args, ...more])).toMatchObject({
      model: 'M/x',
      servedNames: ['a', 'b'],
      maxModelLen: 32768,
      shutdownTimeout: 30,
    });
    expect(parseVllmArgs(['--model', 'M/y'])).toMatchObject({ model: 'M/y', servedNames: ['M/y'] });
  });
  it.each([
    [['m', '--bogus', '--wrong=1'], 'unrecognized arguments: --bogus --wrong=1'],
    [['m', 'n'], 'unrecognized arguments: n'],
    [['m', '--max-model-len'], 'argument --max-model-len: expected one argument'],
    [['m', '--max-model-len', 'long'], "argument --max-model-len: invalid value: 'long'"],
  ])('%j are refused', (args, message) => expect(() => parseVllmArgs(args)).toThrow(message));
});

describe('api', () => {
  it.each(['/health', '/metrics', '/version', '/ping'])('%s needs no key', async (path) => {
    expect((await vllm.ask(path)).status).toBe(200);
  });
  it('/v1 needs the key', async () => {
    expect(await vllm.json('/v1/models')).toEqual({ status: 401, body: { error: 'Unauthorized' } });
    const wrong = { headers: { authorization: 'Bearer x' } };
    expect((await vllm.ask('/v1/models', wrong)).status).toBe(401);
    const { body } = await vllm.json('/v1/models', undefined, { headers });
    expect(body.data).toMatchObject([{ id: NAME, max_model_len: 100 }]);
  });
  it('answers whole', async () => {
    const { body } = await vllm.json('/v1/chat/completions', chat(), { headers });
    expect(body.choices).toMatchObject([
      { message: { content: `${NAME} on vllm-double heard: hello` }, finish_reason: 'stop' },
    ]);
    const one = await vllm.json(
      '/v1/completions',
      { model: NAME, prompt: 'hi', max_tokens: 1 },
      { headers },
    );
    expect(one.body).toMatchObject({
      choices: [{ finish_reason: 'length' }],
      usage: { completion_tokens: 1 },
    });
  });
  it('streams, with usage when asked', async () => {
    const body = JSON.stringify(chat({ stream: true, stream_options: { include_usage: true } }));
    const { text } = await vllm.ask('/v1/chat/completions', { method: 'POST', headers, body });
    const events = text.trim().split('\n\n');
    expect(events.at(-1)).toBe('data: [DONE]');
    expect(events.at(-2)).toMatch(/"choices":\[\],"usage":\{"prompt_tokens":2,/);
  });
  it.each([
    [chat({ model: 'x' }), 404, 'The model `x` does not exist.'],
    [chat({ max_tokens: 200 }), 400, "This model's maximum context length is 100 tokens."],
    [{ model: NAME }, 400, "Field required: 'messages'"],
  ])('refuses %j', async (request, code, message) => {
    const { status, body } = await vllm.json('/v1/chat/completions', request, { headers });
    expect(status).toBe(code);
    expect(body.error).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
