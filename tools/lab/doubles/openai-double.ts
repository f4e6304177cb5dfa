import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { asJson, asList, asText, sendJson } from './http-double';
import type { Json } from './http-double';

/** What the OpenAI-shaped routes of Ollama and vLLM share: texts, token counts, embeddings, streams. */
export interface Completion {
  readonly model: string;
  readonly words: readonly string[];
  readonly promptTokens: number;
  readonly finish: 'stop' | 'length';
}

/** About four characters a token, as is the rule of thumb for English text. */
export const countTokens = (text: string): number => Math.max(1, Math.ceil(text.length / 4));

/** The text of a chat's last user message; its content may be a string or a list of parts. */
export function lastUserText(messages: unknown): string {
  const users = asList(messages)
    .map(asJson)
    .filter((message) => message.role === 'user');
  return contentText(users.at(-1)?.content);
}
export function promptOf(messages: unknown): string {
  return asList(messages)
    .map((message) => contentText(asJson(message).content))
    .join('\n');
}
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return asList(content)
    .map((part) => asText(asJson(part).text))
    .join('');
}

/** The same answer for the same question: it names the model and repeats what was asked. */
export function renderAnswer(
  engine: string,
  model: string,
  question: string,
  prompt: string,
  limit?: number,
): Completion {
  const words = `${model} on ${engine} heard: ${question.slice(0, 200)}`.split(/(?<= )/);
  const cut = limit !== undefined && limit > 0 && limit < words.length;
  return {
    model,
    words: cut ? words.slice(0, limit) : words,
    promptTokens: countTokens(prompt),
    finish: cut ? 'length' : 'stop',
  };
}

/** A unit vector that depends on the text alone; texts that share words lie closer together. */
export function embed(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().split(/\W+/)) {
    const digest = createHash('sha256').update(word).digest();
    for (let offset = 0; offset < 32; offset += 4) {
      const at = digest.readUInt32BE(offset) % dimensions;
      vector[at] = (vector[at] ?? 0) + ((digest[offset] ?? 0) % 2 === 0 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

const usageOf = ({ promptTokens, words }: Completion) => ({
  prompt_tokens: promptTokens,
  completion_tokens: words.length,
  total_tokens: promptTokens + words.length,
});
const idOf = (completion: Completion, prefix: string) =>
  `${prefix}-${createHash('sha256').update(completion.words.join('')).digest('hex').slice(0, 24)}`;
const now = () => Math.floor(Date.now() / 1000);

/** Answers a chat or (`chat` false) text completion, as SSE when the request says `stream`. */
export function sendCompletion(
  response: ServerResponse,
  request: Json,
  completion: Completion,
  chat: boolean,
): void {
  const head = {
    id: idOf(completion, chat ? 'chatcmpl' : 'cmpl'),
    object: chat ? 'chat.completion' : 'text_completion',
    created: now(),
    model: completion.model,
  };
  if (request.stream === true) {
    const object = chat ? 'chat.completion.chunk' : 'text_completion';
    sendStream(response, request, completion, { ...head, object }, chat);
    return;
  }
  const text = completion.words.join('');
  const body = chat ? { message: { role: 'assistant', content: text } } : { text };
  const choice = { index: 0, ...body, logprobs: null, finish_reason: completion.finish };
  sendJson(response, 200, { ...head, choices: [choice], usage: usageOf(completion) });
}

function sendStream(
  response: ServerResponse,
  request: Json,
  completion: Completion,
  head: Json,
  chat: boolean,
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const send = (choices: Json[], extra: Json = {}) =>
    response.write(`data: ${JSON.stringify({ ...head, choices, ...extra })}\n\n`);
  const delta = (content: Json, finish: string | null = null) =>
    send([{ index: 0, ...content, finish_reason: finish }]);
  const piece = (text: string) => (chat ? { delta: { content: text } } : { text });
  if (chat) delta({ delta: { role: 'assistant', content: '' } });
  for (const word of completion.words) delta(piece(word));
  delta(chat ? { delta: {} } : { text: '' }, completion.finish);
  if (asJson(request.stream_options).include_usage === true)
    send([], { usage: usageOf(completion) });
  response.end('data: [DONE]\n\n');
}

/** The `/v1/embeddings` answer to one text or a list of texts. */
export function renderEmbeddings(model: string, input: unknown, dimensions: number): Json {
  const texts = (Array.isArray(input) ? input : [input]).map((text) => asText(text));
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    object: 'list',
    model,
    data: texts.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: embed(text, dimensions),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
