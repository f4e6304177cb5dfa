import type { Server } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { asJson, asList, asText, createDouble, Refusal, sendJson, sendText } from './http-double';
import type { Env, Exchange, Json } from './http-double';
import {
  isEmbedding,
  renderModel,
  renderOpenAiModel,
  renderRunning,
  renderShow,
} from './ollama-answers';
import { pullModel } from './ollama-pull';
import { OllamaStore } from './ollama-store';
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

export const VERSION = '0.32.15-double';
const DIMENSIONS = 768;

/** Seconds of OLLAMA_KEEP_ALIVE or a request's keep_alive: `300`, `"5m"`, `-1`. */
export function parseKeepAlive(value: unknown): number {
  if (typeof value === 'number') return value;
  const [, count = '', unit = 's'] = /^(-?\d+)(ms|s|m|h)?$/.exec(asText(value)) ?? [];
  if (count === '') return 300;
  return Number(count) * ({ ms: 0.001, s: 1, m: 60, h: 3600 }[unit] ?? 1);
}

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
