import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ask } from './ask';
import { asText, bearerOf, createDouble, Refusal, runDouble, sendJson } from './http-double';
import type { Env, Exchange, Json, Log } from './http-double';
import { parseLitellmArgs, parseLitellmConfig } from './litellm-double-config';
import type { Deployment, LitellmConfig } from './litellm-double-config';

const VERSION = 'double';
const renderError = (
  status: number,
  message: string,
  type: string,
  param: string | null = null,
) => ({
  error: { message, type, param, code: String(status) },
});

/** LiteLLM's proxy without a database: its models, its key, and requests passed on to the engines. */
export function createLitellm(config: LitellmConfig, log?: Log): Server {
  const names = [...new Set(config.deployments.map(({ name }) => name))];
  const listModels = () => ({ data: names.map(renderModel), object: 'list' });
  const open = /^\/health\/(liveliness|liveness|readiness)$/;
  return createDouble({
    ...(log && { log }),
    renderError: (status, message) => renderError(status, message, 'None', 'None'),
    guard: (exchange) => {
      if (!open.test(exchange.url.pathname)) checkKey(exchange, config.masterKey);
    },
    routes: {
      'GET /health/liveliness': ({ response }) => sendJson(response, 200, "I'm alive!"),
      'GET /health/liveness': ({ response }) => sendJson(response, 200, "I'm alive!"),
      'GET /health/readiness': () => ({
        status: 'healthy',
        db: 'Not connected',
        litellm_version: VERSION,
      }),
      'GET /v1/models': listModels,
      'GET /models': listModels,
      'POST /v1/chat/completions': (exchange) => passOn(exchange, config, '/chat/completions'),
      'POST /chat/completions': (exchange) => passOn(exchange, config, '/chat/completions'),
      'POST /v1/embeddings': (exchange) => passOn(exchange, config, '/embeddings'),
      'POST /embeddings': (exchange) => passOn(exchange, config, '/embeddings'),
    },
  });
}

const renderModel = (id: string) => ({
  id,
  object: 'model',
  created: 1677610602,
  owned_by: 'openai',
});

function checkKey({ headers }: Exchange, masterKey: string): void {
  const own = asText(headers['x-api-key']);
  const key = bearerOf(headers) ?? (own === '' ? undefined : own);
  if (key === masterKey) return;
  if (key === undefined) {
    const message = 'Authentication Error, No api key passed in.';
    throw new Refusal(401, message, renderError(401, message, 'auth_error', 'None'));
  }
  // A key that is not the master key is looked up in the database, which this gateway has not.
  const message = 'No connected db.';
  throw new Refusal(400, message, renderError(400, message, 'no_db_connection'));
}

async function passOn(exchange: Exchange, config: LitellmConfig, path: string): Promise<void> {
  const model = asText(exchange.body.model);
  const named = config.deployments.filter(({ name }) => name === model);
  const identified = config.deployments.filter(({ id }) => id !== '' && id === model);
  const candidates = shuffle(named.length > 0 ? named : identified);
  if (candidates.length === 0) {
    const message = `${path.slice(1)}: Invalid model name passed in model=${model}. Call \`/v1/models\` to view available models for your key.`;
    throw new Refusal(400, message, renderError(400, message, 'None', 'None'));
  }
  const reply = await askOne(candidates, exchange.body, path, config);
  const { response } = exchange;
  const status = reply.statusCode ?? 502;
  if (status >= 400) {
    throw new Refusal(status, `litellm: ${model}: ${(await textOf(reply)).slice(0, 2000)}`);
  }
  response.writeHead(status, {
    'content-type': reply.headers['content-type'] ?? 'application/json',
    'x-litellm-version': VERSION,
  });
  response.on('close', () => reply.destroy());
  await pipeline(reply, response);
}

/** Asks the candidates in turn, as often as the retries allow, until one gives an answer. */
async function askOne(
  candidates: readonly Deployment[],
  body: Json,
  path: string,
  { retries, timeoutMs }: LitellmConfig,
): Promise<IncomingMessage> {
  let failure: unknown;
  for (let attempt = 0; attempt <= retries; attempt += 1) {
    const deployment = candidates[attempt % candidates.length];
    if (deployment === undefined) break;
    try {
      return await send(deployment, body, path, timeoutMs);
    } catch (error) {
      failure = error;
    }
  }
  throw new Refusal(500, `litellm.InternalServerError: Connection error: ${String(failure)}`);
}

function send(
  { base, key, model }: Deployment,
  body: Json,
  path: string,
  timeout: number,
): Promise<IncomingMessage> {
  const content = JSON.stringify({ ...body, model });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(content),
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${base}${path}`, { method: 'POST', headers, timeout }, resolve);
    request.on('timeout', () => request.destroy(new Error('the engine gave no answer in time')));
    request.on('error', reject);
    request.end(content);
  });
}

function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** The address that a health check of the form `python3 -c "... urlopen('URL' ...)"` asks, if it is one. */
export function addressOfScript([flag, script = '']: readonly string[]): string | undefined {
  return flag === '-c' ? /\burlopen\((['"])(http:[^'"]+)\1/.exec(script)?.[2] : undefined;
}

async function runPython(argv: readonly string[]): Promise<void> {
  const url = addressOfScript(argv);
  if (url === undefined) throw new Error('this python3 knows only the health check of LiteLLM');
  const { status } = await ask(url, { timeoutMs: 4000 });
  if (status >= 400) throw new Error(`${url} answered ${status}`);
}

/** `litellm --config FILE ...`; as `python3 -c` it is the health check of the image. */
export function run(argv: readonly string[], env: Env): void {
  if (argv[0] === 'python3') {
    runPython(argv.slice(1)).catch((error: unknown) => {
      console.error(String(error));
      process.exit(1);
    });
    return;
  }
  try {
    const { config, port, host } = parseLitellmArgs(argv);
    const parsed = parseLitellmConfig(readFileSync(config, 'utf8'), env);
    // uvicorn lets running requests end; Docker's stop_grace_period has the last word.
    runDouble(createLitellm(parsed, console.log), port, host, 60_000);
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(error instanceof Refusal ? error.status : 1);
  }
}
