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

/** Reads the events of a body as OpenAI's API streams them: `data: {...}` lines, closed by `data: [DONE]`. */
export function readStream(arrivals: readonly Arrival[], wholeMs: number): StreamFacts {
  const facts: StreamFacts = {
    ...{ events: 0, firstTokenMs: undefined, lastTokenMs: undefined, arrivals: 0, wholeMs },
    ...{ isEnded: false, hasError: false },
  };
  let pending = Buffer.alloc(0);
  for (const { bytes, afterMs } of arrivals) {
    pending = Buffer.concat([pending, bytes]);
    const lines: string[] = [];
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      lines.push(pending.subarray(0, end).toString('utf8').trim());
      pending = pending.subarray(end + 1);
    }
    readLines(lines, afterMs, facts);
  }
  readLines([pending.toString('utf8').trim()], wholeMs, facts);
  return facts;
}

function readLines(lines: readonly string[], afterMs: number, facts: StreamFacts): void {
  const haveWords = lines.map((line) => readLine(line, facts));
  if (!haveWords.includes(true)) return;
  facts.arrivals += 1;
  facts.firstTokenMs ??= afterMs;
  facts.lastTokenMs = afterMs;
}

/** Takes one line; gives back whether it has a word of the answer. */
function readLine(line: string, facts: StreamFacts): boolean {
  if (!line.startsWith('data:')) return false;
  const text = line.slice('data:'.length).trim();
  if (text === '[DONE]') {
    facts.isEnded = true;
    return false;
  }
  const event = parseEvent(text);
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
    (one) => (typeof one === 'string' || Array.isArray(one)) && one.length > 0,
  );
}
