import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { asText, bearerOf, createDouble, Refusal, runDouble, sendText } from './http-double';
import type { Env, Exchange, Json } from './http-double';
import { countTokens, lastUserText, promptOf, renderAnswer, sendCompletion } from './openai-double';
import { parseVllmArgs } from './vllm-args';
import type { VllmArgs } from './vllm-args';

const VERSION = '0.29.0-double';
const TYPES: Record<number, string> = { 400: 'BadRequestError', 404: 'NotFoundError' };

/** The OpenAI-compatible server of vLLM for one model. */
export function createVllm(args: VllmArgs, env: Env, log?: (line: string) => void): Server {
  const keys = [...args.apiKeys, ...(env.VLLM_API_KEY ? [env.VLLM_API_KEY] : [])];
  let answered = 0;
  const complete = (
    { body, response }: Exchange,
    question: string,
    prompt: string,
    chat: boolean,
  ) => {
    const model = asText(body.model, args.servedNames[0]);
    if (!args.servedNames.includes(model))
      throw new Refusal(404, `The model \`${model}\` does not exist.`);
    const limit = maxTokens(body);
    checkContext(args, countTokens(prompt), limit ?? 0);
    answered += 1;
    sendCompletion(
      response,
      body,
      renderAnswer('vllm-double', model, question, prompt, limit),
      chat,
    );
  };
  const created = Math.floor(Date.now() / 1000);
  return createDouble({
    ...(log && { log }),
    guard: ({ url, headers }) => {
      if (keys.length === 0 || !/^\/(v1|v2|inference)(\/|$)/.test(url.pathname)) return;
      const key = bearerOf(headers);
      if (key === undefined || !keys.includes(key))
        throw new Refusal(401, '', { error: 'Unauthorized' });
    },
    routes: {
      'GET /health': ({ response }) => response.writeHead(200).end(),
      'GET /ping': ({ response }) => response.writeHead(200).end(),
      'GET /load': () => ({ server_load: 0 }),
      'GET /version': () => ({ version: VERSION }),
      'GET /metrics': ({ response }) => sendText(response, 200, renderMetrics(args, answered)),
      'GET /v1/models': () => ({
        object: 'list',
        data: args.servedNames.map((id) => ({
          id,
          object: 'model',
          created,
          owned_by: 'vllm',
          root: args.model,
          parent: null,
          max_model_len: args.maxModelLen,
        })),
      }),
      'POST /v1/chat/completions': (exchange) => {
        const { messages } = exchange.body;
        if (!Array.isArray(messages)) throw new Refusal(400, "Field required: 'messages'");
        complete(exchange, lastUserText(messages), promptOf(messages), true);
      },
      'POST /v1/completions': (exchange) => {
        const prompt = asText(exchange.body.prompt);
        complete(exchange, prompt, prompt, false);
      },
    },
    renderError: (code, message) =>
      code === 404 && message === 'Not Found'
        ? { detail: message }
        : { error: { message, type: TYPES[code] ?? 'InternalServerError', param: null, code } },
  });
}

function maxTokens(body: Json): number | undefined {
  const limit = body.max_completion_tokens ?? body.max_tokens;
  return typeof limit === 'number' ? limit : undefined;
}

function checkContext(args: VllmArgs, prompt: number, limit: number): void {
  if (prompt + limit <= args.maxModelLen) return;
  throw new Refusal(
    400,
    `This model's maximum context length is ${args.maxModelLen} tokens. However, you requested ` +
      `${limit} output tokens and your prompt contains ${prompt} input tokens, for a total of ` +
      `${prompt + limit} tokens. Please reduce the length of the input prompt or the number of ` +
      'requested output tokens.',
  );
}

const renderMetrics = (args: VllmArgs, answered: number) =>
  [
    '# HELP vllm:request_success_total Count of successfully processed requests.',
    '# TYPE vllm:request_success_total counter',
    `vllm:request_success_total{finished_reason="stop",model_name="${args.servedNames[0] ?? ''}"} ${answered}`,
    '',
  ].join('\n');

/** `vllm serve ...`: the port opens only after the "load"; argparse's errors end it with code 2. */
export function run(argv: readonly string[], env: Env): void {
  if (argv[0] !== 'serve') {
    console.error('usage: vllm [-h] [-v] {serve}\nvllm: error: argument subparser: invalid choice');
    process.exit(2);
  }
  try {
    start(parseVllmArgs(argv.slice(1)), env);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(`usage: vllm serve [model_tag] [options]\nvllm: error: ${error.message}`);
    process.exit(error.status);
  }
}

function start(args: VllmArgs, env: Env): void {
  const hub = join(env.HF_HOME ?? join(env.HOME ?? '/root', '.cache/huggingface'), 'hub');
  mkdirSync(join(hub, `models--${args.model.replaceAll('/', '--')}`), { recursive: true });
  console.log(`loading ${args.model}`);
  const quit = () => process.exit(0);
  process.once('SIGTERM', quit);
  setTimeout(
    () => {
      process.off('SIGTERM', quit);
      runDouble(
        createVllm(args, env, console.log),
        args.port,
        args.host,
        args.shutdownTimeout * 1000,
      );
    },
    Number(env.VLLM_DOUBLE_LOAD_MS ?? 1500),
  );
}
