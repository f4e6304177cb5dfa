import { createParser } from 'eventsource-parser';

/** What came of a stream of server-sent events. */
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
  let now = 0;
  const parser = createParser({ onEvent: ({ data }) => noteEvent(data, now, facts) });
  // A character may be cut in two.
  const decoder = new TextDecoder();
  for (const { bytes, afterMs } of arrivals) {
    now = afterMs;
    parser.feed(decoder.decode(bytes, { stream: true }));
  }
  now = wholeMs;
  // An event that was not closed counts, too: what ends here is the body.
  parser.feed(`${decoder.decode()}\n\n`);
  return facts;
}

function noteEvent(data: string, afterMs: number, facts: StreamFacts): void {
  if (data.trim() === '[DONE]') {
    facts.isEnded = true;
    return;
  }
  const event = parseEvent(data);
  if (event === undefined) return;
  facts.events += 1;
  if (event.error !== undefined) facts.hasError = true;
  if (!hasWords(event)) return;
  facts.firstTokenMs ??= afterMs;
  if (facts.lastTokenMs !== afterMs) facts.arrivals += 1;
  facts.lastTokenMs = afterMs;
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
    (one) => (typeof one === 'string' || Array.isArray(one)) && one.length > 0,
  );
}
