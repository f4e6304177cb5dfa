import { createParser } from 'eventsource-parser';

/** The outcome of a stream of server-sent events. */
export interface StreamFacts {
  /** Events with JSON, `[DONE]` not among them. */
  events: number;
  /** Milliseconds until the first event that holds a word of the answer; undefined without any. */
  firstTokenMs: number | undefined;
  /** Milliseconds until the last such event. */
  lastTokenMs: number | undefined;
  /** Parts of the body in which a word came: one where something on the way collects the answer. */
  arrivals: number;
  /** Milliseconds until the end of the body. */
  wholeMs: number;
  isEnded: boolean;
  hasError: boolean;
}

/** A part of a body, and how many milliseconds after the question it came. */
export interface Arrival {
  bytes: Buffer;
  afterMs: number;
}

/** Reads the events of a body as OpenAI's API streams them: `data: {...}`, closed by `data: [DONE]`. */
export function readStream(arrivals: readonly Arrival[], wholeMs: number): StreamFacts {
  const facts: StreamFacts = {
    ...{ events: 0, firstTokenMs: undefined, lastTokenMs: undefined, arrivals: 0, wholeMs },
    ...{ isEnded: false, hasError: false },
  };
  let words = 0;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (readEvent(data, facts)) words += 1;
    },
  });
  const feed = (text: string, afterMs: number): void => {
    const before = words;
    parser.feed(text);
    if (words === before) return;
    facts.arrivals += 1;
    facts.firstTokenMs ??= afterMs;
    facts.lastTokenMs = afterMs;
  };
  // A character may be cut in two.
  const decoder = new TextDecoder();
  for (const { bytes, afterMs } of arrivals) feed(decoder.decode(bytes, { stream: true }), afterMs);
  // An event that was not closed counts, too: what ends here is the body.
  feed(`${decoder.decode()}\n\n`, wholeMs);
  return facts;
}

/** Reads one event; returns whether it has a word of the answer. */
function readEvent(data: string, facts: StreamFacts): boolean {
  if (data.trim() === '[DONE]') {
    facts.isEnded = true;
    return false;
  }
  const event = parseEvent(data);
  if (event === undefined) return false;
  facts.events += 1;
  if (event.error !== undefined) facts.hasError = true;
  return hasWords(event);
}

interface StreamEvent {
  error?: unknown;
  choices?: { delta?: Record<string, unknown> }[];
}

function parseEvent(text: string): StreamEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Words, or what a model says in their place: its reasoning, or a call of a tool. */
function hasWords({ choices }: StreamEvent): boolean {
  const [first] = Array.isArray(choices) ? choices : [];
  const { content, reasoning_content: reasoning, tool_calls: calls } = first?.delta ?? {};
  return [content, reasoning, calls].some(
    (field) => (typeof field === 'string' || Array.isArray(field)) && field.length > 0,
  );
}
