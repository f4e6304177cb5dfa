import { request } from 'node:http';
import type { Server } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  asJson,
  asList,
  asText,
  createDouble,
  Refusal,
  runDouble,
  sendJson,
  sendText,
} from './http-double';
import type { Env, Exchange, Json } from './http-double';
import { pullModel } from './ollama-pull';
import { fullName, OllamaStore } from './ollama-store';
import type { StoredModel } from './ollama-store';
import {
  embed,
  lastUserText,
  promptOf,
  renderAnswer,
  renderEmbeddings,
  sendCompletion,
} from './openai-double';
import type { Completion } from './openai-double';

const VERSION = '0.32.15-double';
const DIMENSIONS = 768;

/** Seconds of OLLAMA_KEEP_ALIVE or a request's keep_alive: `300`, `"5m"`, `-1`. */
export function parseKeepAlive(value: unknown): number {
  if (typeof value === 'number') return value;
  const [, count = '', unit = 's'] = /^(-?\d+)(ms|s|m|h)?$/.exec(asText(value)) ?? [];
  if (count === '') return 300;
  return Number(count) * ({ ms: 0.001, s: 1, m: 60, h: 3600 }[unit] ?? 1);
}

/** `0.0.0.0`, `:11434`, `http://host:1234` as Ollama reads them. */
export function parseOllamaHost(value: string | undefined): { host: string; port: number } {
  const [, host = '', port = ''] = /^(?:https?:\/\/)?([^:/]*)(?::(\d+))?/.exec(value ?? '') ?? [];
  return { host: host === '' ? '127.0.0.1' : host, port: port === '' ? 11434 : Number(port) };
}

const isEmbedding = (name: string) => /embed|bge|minilm/.test(name);
const capabilities = (name: string) =>
  isEmbedding(name) ? ['embedding'] : ['completion', 'tools'];
const details = (name: string) => ({
  parent_model: '',
  format: 'gguf',
  family: isEmbedding(name) ? 'nomic-bert' : 'qwen2',
  families: [isEmbedding(name) ? 'nomic-bert' : 'qwen2'],
  parameter_size: /:(\d+b)/.exec(name)?.[1]?.toUpperCase() ?? '137M',
  quantization_level: 'Q4_K_M',
});
const modelOf = (body: Json) => asText(body.model, asText(body.name));

/** The HTTP API of Ollama over a models folder. */
export function createOllama(env: Env, log?: (line: string) => void): Server {
  const store = new OllamaStore(env.OLLAMA_MODELS ?? join(env.HOME ?? homedir(), '.ollama/models'));
  const context = Number(env.OLLAMA_CONTEXT_LENGTH ?? 0) || 4096;
  const loaded = new Map<string, number>();

  const find = (body: Json): StoredModel => {
    const name = modelOf(body);
    if (name === '') throw new Refusal(400, 'model is required');
    const model = store.find(name);
    if (model === undefined) throw new Refusal(404, `model '${name}' not found`);
    return model;
  };
  const load = (model: StoredModel, body: Json) => {
    const seconds = parseKeepAlive(body.keep_alive ?? env.OLLAMA_KEEP_ALIVE);
    if (seconds === 0) loaded.delete(model.name);
    else loaded.set(model.name, seconds < 0 ? Infinity : Date.now() + seconds * 1000);
  };
  const complete = (body: Json, question: string, prompt: string, limit: unknown): Completion => {
    const model = find(body);
    if (isEmbedding(model.name)) throw new Refusal(400, `"${modelOf(body)}" does not support chat`);
    load(model, body);
    const most = typeof limit === 'number' ? limit : undefined;
    return renderAnswer('ollama-double', modelOf(body), question, prompt, most);
  };
  const embedder = (body: Json) => {
    const model = find(body);
    load(model, body);
    return model;
  };
  const running = () => store.list().filter((model) => (loaded.get(model.name) ?? 0) > Date.now());

  return createDouble({
    ...(log && { log }),
    routes: {
      'GET /': ({ response }) => sendText(response, 200, 'Ollama is running'),
      'GET /api/version': () => ({ version: VERSION }),
      'GET /api/tags': () => ({ models: store.list().map(renderModel) }),
      'GET /api/ps': () => ({
        models: running().map((model) =>
          renderRunning(model, loaded.get(model.name) ?? 0, context),
        ),
      }),
      'POST /api/show': ({ body }) => renderShow(find(body), context),
      'DELETE /api/delete': ({ body, response }) => {
        const model = find(body);
        store.remove(model);
        loaded.delete(model.name);
        response.writeHead(200).end();
      },
      'POST /api/pull': (exchange) =>
        answerPull(store, exchange, Number(env.OLLAMA_DOUBLE_CHUNK_MS ?? 20)),
      'POST /api/chat': (exchange) => {
        const { body } = exchange;
        if (asList(body.messages).length === 0)
          return answerLoad(exchange, find(body), load, 'message');
        const limit = asJson(body.options).num_predict;
        const text = promptOf(body.messages);
        return sendNative(
          exchange,
          complete(body, lastUserText(body.messages), text, limit),
          (content) => ({
            message: { role: 'assistant', content },
          }),
        );
      },
      'POST /api/generate': (exchange) => {
        const { body } = exchange;
        const prompt = asText(body.prompt);
        if (prompt === '') return answerLoad(exchange, find(body), load, 'response');
        const limit = asJson(body.options).num_predict;
        return sendNative(exchange, complete(body, prompt, prompt, limit), (response) => ({
          response,
        }));
      },
      'POST /api/embed': ({ body }) => {
        embedder(body);
        const texts = Array.isArray(body.input) ? body.input : [body.input];
        const embeddings = texts.map((text) => embed(asText(text), DIMENSIONS));
        return {
          model: modelOf(body),
          embeddings,
          total_duration: 1,
          load_duration: 1,
          prompt_eval_count: texts.length,
        };
      },
      'POST /api/embeddings': ({ body }) => {
        embedder(body);
        return { embedding: embed(asText(body.prompt), DIMENSIONS) };
      },
      'POST /v1/chat/completions': ({ body, response }) => {
        const limit = body.max_completion_tokens ?? body.max_tokens;
        const text = promptOf(body.messages);
        const completion = complete(body, lastUserText(body.messages), text, limit);
        sendCompletion(response, body, completion, true);
      },
      'POST /v1/completions': ({ body, response }) => {
        const prompt = asText(body.prompt);
        sendCompletion(response, body, complete(body, prompt, prompt, body.max_tokens), false);
      },
      'POST /v1/embeddings': ({ body }) => {
        embedder(body);
        return renderEmbeddings(modelOf(body), body.input, DIMENSIONS);
      },
      'GET /v1/models': () => ({ object: 'list', data: store.list().map(renderOpenAiModel) }),
      'GET /v1/models/:model': ({ params }) => renderOpenAiModel(find({ model: params[0] })),
    },
    renderError: (_status, message) => ({ error: message }),
  });
}

const renderModel = (model: StoredModel) => ({
  name: model.name,
  model: model.name,
  modified_at: model.modifiedAt.toISOString(),
  size: model.size,
  digest: model.digest,
  details: details(model.name),
  capabilities: capabilities(model.name),
});
const renderRunning = (model: StoredModel, until: number, context: number) => ({
  name: model.name,
  model: model.name,
  size: model.size,
  digest: model.digest,
  details: details(model.name),
  expires_at: new Date(Math.min(until, Date.now() + 100 * 365 * 86400_000)).toISOString(),
  size_vram: 0,
  context_length: context,
});
const renderShow = (model: StoredModel, context: number) => ({
  license: 'Apache License 2.0',
  modelfile: `FROM ${model.name}`,
  parameters: 'stop "<|im_end|>"',
  template: '{{ .Prompt }}',
  details: details(model.name),
  model_info: { 'general.architecture': 'qwen2', 'qwen2.context_length': Math.max(32768, context) },
  capabilities: capabilities(model.name),
  modified_at: model.modifiedAt.toISOString(),
});
const renderOpenAiModel = (model: StoredModel) => ({
  id: model.name,
  object: 'model',
  created: Math.floor(model.modifiedAt.getTime() / 1000),
  owned_by: 'library',
});

async function answerPull(store: OllamaStore, { body, response }: Exchange, chunkMs: number) {
  const name = modelOf(body);
  const lines: Json[] = [];
  const streams = body.stream !== false;
  await pullModel(store, {
    name,
    chunkMs,
    isCut: () => response.destroyed,
    send: (line) => {
      lines.push(line);
      if (!streams) return;
      if (!response.headersSent)
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${JSON.stringify(line)}\n`);
    },
  });
  if (streams) return response.end();
  const last = lines.at(-1) ?? {};
  return sendJson(response, 'error' in last ? 500 : 200, last);
}

/** An empty chat or prompt only loads (or, with keep_alive 0, unloads) the model. */
function answerLoad(
  { body }: Exchange,
  model: StoredModel,
  load: (model: StoredModel, body: Json) => void,
  field: 'message' | 'response',
): Json {
  load(model, body);
  return {
    model: modelOf(body),
    created_at: new Date().toISOString(),
    [field]: field === 'message' ? { role: 'assistant', content: '' } : '',
    done: true,
    done_reason: body.keep_alive === 0 ? 'unload' : 'load',
  };
}

/** Ollama's own chat and generate answers: NDJSON unless `stream` is false. */
function sendNative(
  { body, response }: Exchange,
  completion: Completion,
  piece: (text: string) => Json,
): void {
  const head = { model: completion.model, created_at: new Date().toISOString() };
  const last = {
    done: true,
    done_reason: completion.finish,
    total_duration: 2_000_000,
    load_duration: 1_000_000,
    prompt_eval_count: completion.promptTokens,
    prompt_eval_duration: 500_000,
    eval_count: completion.words.length,
    eval_duration: 500_000,
  };
  if (body.stream === false) {
    sendJson(response, 200, { ...head, ...piece(completion.words.join('')), ...last });
    return;
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const send = (line: Json) => response.write(`${JSON.stringify({ ...head, ...line })}\n`);
  for (const word of completion.words) send({ ...piece(word), done: false });
  send({ ...piece(''), ...last });
  response.end();
}

/** `ollama serve`, `ollama list` and `ollama --version`; anything else ends with code 1. */
export function run(args: readonly string[], env: Env): void {
  const { host, port } = parseOllamaHost(env.OLLAMA_HOST);
  if (args[0] === 'serve') runDouble(createOllama(env, console.log), port, host);
  else if (args[0] === 'list' || args[0] === 'ls')
    printList(host === '0.0.0.0' ? '127.0.0.1' : host, port);
  else if (args[0] === '--version' || args[0] === '-v') console.log(`ollama version is ${VERSION}`);
  else {
    console.error(`Error: unknown command "${args[0] ?? ''}" for "ollama"`);
    process.exitCode = 1;
  }
}

function printList(host: string, port: number): void {
  const fail = (reason: string) => {
    console.error(`Error: ${reason}`);
    process.exitCode = 1;
  };
  request({ host, port, path: '/api/tags', timeout: 5000 }, (response) => {
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.on('end', () => {
      const models = asList(asJson(JSON.parse(text)).models).map(asJson);
      console.log(['NAME', 'ID', 'SIZE'].map((title) => title.padEnd(30)).join(''));
      for (const { name, digest, size } of models) {
        const cells = [fullName(asText(name)), asText(digest).slice(0, 12), `${String(size)} B`];
        console.log(cells.map((cell) => cell.padEnd(30)).join(''));
      }
    });
  })
    .on('timeout', () => fail(`no answer from ${host}:${port}`))
    .on('error', () => fail('could not connect to ollama server, run `ollama serve` to start it'))
    .end();
}
