import { request, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { StackError, type AfterStartContext, type ByteProgress } from '@ai-stack/core';
import { z } from 'zod';

/** Where Ollama listens inside its container. */
const ollamaPort = 11434;

/** Where an Ollama API answers: a local Unix socket that leads to it. */
interface OllamaSocket {
  socketPath: string;
  /** For errors. */
  host: string;
}

export interface PullOptions {
  onProgress: (progress: ByteProgress) => void;
  /** Silence after which a pull counts as stuck; default 2 minutes. */
  idleMs?: number;
  /** How often a broken pull is taken up again; Ollama keeps the layers that it has. Default 5. */
  attempts?: number;
  /** Pause before the next attempt; default 2 s. */
  pauseMs?: number;
}

/** One line of `/api/pull`: layers by digest with bytes, at last `success`, or `error` (which may follow a 200). */
const lineSchema = z.object({
  status: z.string().optional(),
  digest: z.string().optional(),
  total: z.number().optional(),
  completed: z.number().optional(),
  error: z.string().optional(),
});
const tagsSchema = z.object({ models: z.array(z.object({ name: z.string() })).nullish() });

/** Pulls the models that may be missing into the Ollama that has started. Throws a StackError. */
export async function pullModels(context: AfterStartContext): Promise<void> {
  const { release, models, connect, report, reportBytes } = context;
  if (models.length === 0) return;
  const socket = { host: release.host, socketPath: await connect(ollamaPort) };
  for (const model of models) {
    report(`pulling the model ${model}`);
    await pullModel(socket, model, { onProgress: (progress) => reportBytes(model, progress) });
  }
}

/** Pulls a model unless it is there. Throws a StackError unless Ollama ends with `success`. */
export async function pullModel(
  socket: OllamaSocket,
  model: string,
  options: PullOptions,
): Promise<'present' | 'pulled'> {
  if (await hasModel(socket, model)) return 'present';
  const attempts = options.attempts ?? 5;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await pullOnce(socket, model, options);
      return 'pulled';
    } catch (error) {
      if (error instanceof StackError || attempt >= attempts) throw explain(socket, model, error);
      options.onProgress({ status: 'interrupted, taking it up again', done: 0, total: 0 });
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs ?? 2000));
    }
  }
}

/** Whether Ollama lists the model. Throws a StackError when it does not answer. */
async function hasModel(socket: OllamaSocket, model: string): Promise<boolean> {
  try {
    const response = await send(socket, 'GET', '/api/tags', undefined, 30_000);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    if (response.statusCode !== 200)
      throw new Error(`/api/tags answered ${response.statusCode ?? 0}`);
    const names = (tagsSchema.parse(JSON.parse(text)).models ?? []).map(({ name }) => name);
    return names.some((name) => fullModelName(name) === fullModelName(model));
  } catch (error) {
    throw explain(socket, model, error);
  }
}

/** Ollama reads a name without a tag as `:latest`. */
function fullModelName(model: string): string {
  return /:[^/]+$/.test(model) ? model : `${model}:latest`;
}

async function pullOnce(socket: OllamaSocket, model: string, options: PullOptions): Promise<void> {
  const body = JSON.stringify({ model, stream: true });
  const response = await send(socket, 'POST', '/api/pull', body, options.idleMs ?? 120_000);
  const layers = new Map<string, { done: number; total: number }>();
  let last = '';
  // A connection that breaks surfaces here as an error of the stream, or as an end without `success`.
  for await (const text of linesOf(response)) {
    const line = parseLine(text);
    if (line.error !== undefined) throw refused(socket, model, line.error);
    if (line.digest !== undefined) {
      layers.set(line.digest, { done: line.completed ?? 0, total: line.total ?? 0 });
    }
    last = line.status ?? last;
    const sizes = [...layers.values()];
    options.onProgress({
      status: last,
      done: sizes.reduce((sum, layer) => sum + layer.done, 0),
      total: sizes.reduce((sum, layer) => sum + layer.total, 0),
    });
  }
  if (response.statusCode !== 200) {
    throw refused(socket, model, `it answered ${response.statusCode ?? 0}`);
  }
  if (last !== 'success') throw new Error(`the pull ended with "${last}", not with success`);
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let failure: unknown;
  response.on('error', (error) => (failure = error));
  for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
    if (line.trim() !== '') yield line;
  }
  if (failure instanceof Error) throw failure;
  if (!response.complete) throw new Error('the connection broke');
}

function parseLine(text: string): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error('it answered with something else than lines of JSON', { cause });
  }
}

function send(
  { socketPath }: OllamaSocket,
  method: string,
  path: string,
  body: string | undefined,
  idleMs: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: 'ollama',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const asked = request({ socketPath, method, path, headers, agent: false }, resolve);
    asked.setTimeout(idleMs, () => {
      asked.destroy(new Error(`silent for ${idleMs / 1000} s`));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function refused({ host }: OllamaSocket, model: string, text: string): StackError {
  const isUnknown = /not found|does not exist|file does not exist|invalid model/i.test(text);
  return new StackError(`Ollama cannot pull ${model}: ${text}`, {
    where: { host },
    fix: isUnknown
      ? `correct the model's id in the inventory: ${model} is not known to its registry`
      : 'deploy again: what was loaded is kept',
  });
}

function explain(socket: OllamaSocket, model: string, error: unknown): StackError {
  if (error instanceof StackError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new StackError(`Ollama cannot pull ${model}: ${text}`, {
    where: { host: socket.host },
    fix: 'deploy again: what was loaded is kept',
    cause: error,
  });
}
