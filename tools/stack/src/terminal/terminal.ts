import { StackError } from '@ai-stack/core';
import type { Look } from '@ai-stack/report';
import { isInteractive, readSize, wantsColour, type Size } from './colour';

/** Where a command writes: results to standard output, progress and errors to standard error. */
export interface Terminal {
  out: (text: string) => void;
  err: (text: string) => void;
  /** To standard error, without an end of line. */
  errRaw: (text: string) => void;
  colour: boolean;
  /** Whether a person sits there: lines may be rewritten and questions asked. */
  interactive: boolean;
  /** As it is now; a person may change it. */
  size: () => Size;
  /** Asks the person there; undefined where nobody can answer. */
  ask?: Ask;
}

/** One question: what is wanted, and what is wrong with an answer. An empty answer leaves it open. */
export interface Question {
  message: string;
  example: string;
  check: (answer: string) => string | undefined;
}

/** The answer, empty when the person leaves the question open. Throws a StackError when they break off. */
export type Ask = (question: Question) => Promise<string>;

/** Without a terminal, as reports are laid out. */
const standardSize: Size = { columns: 100, rows: 24 };

/** The terminal of this program, or that of Nx; NO_COLOR and FORCE_COLOR are honoured. */
export function openTerminal(variables: NodeJS.ProcessEnv): Terminal {
  const isOwn = process.stdout.isTTY && process.stderr.isTTY;
  const relayed = isOwn ? undefined : readSize(variables);
  const isTerminal = isOwn || relayed !== undefined;
  // Nx reads both streams by themselves: what rewrites lines must not be overtaken.
  const errors = relayed === undefined ? process.stderr : process.stdout;
  return {
    out: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    err: (text) => void errors.write(text.endsWith('\n') ? text : `${text}\n`),
    errRaw: (text) => void errors.write(text),
    size: () => relayed ?? sizeOf(process.stderr) ?? standardSize,
    colour: wantsColour(variables, isTerminal),
    interactive: isInteractive(variables, isTerminal),
    ...(isOwn && process.stdin.isTTY && isInteractive(variables, true) && { ask: askPerson }),
  };
}

/** Asks with the library, which is read when there is a question. */
async function askPerson({ message, example, check }: Question): Promise<string> {
  const { isCancel, text } = await import('@clack/prompts');
  const answer = await text({
    message,
    placeholder: `such as ${example}; empty: leave it open`,
    validate: (value) => (value === undefined || value.trim() === '' ? undefined : check(value)),
  });
  if (isCancel(answer)) throw new StackError('cancelled: nothing was written');
  return (answer as string | undefined)?.trim() ?? '';
}

const narrowest = 60;
/** A line of prose that is longer is hard to read. */
const widest = 160;

/** How reports look here: on a terminal as wide as it is, elsewhere as they are kept. */
export function lookOf({
  colour,
  interactive,
  size,
}: Pick<Terminal, 'colour' | 'interactive' | 'size'>): Look {
  if (!interactive) return { colour };
  return { colour, width: Math.min(widest, Math.max(narrowest, size().columns)) };
}

/** Of a stream that is a terminal. */
export function sizeOf(stream: NodeJS.WriteStream): Size | undefined {
  return stream.isTTY ? { columns: stream.columns, rows: stream.rows } : undefined;
}

/** Calls back when nobody reads a stream any more (`| head`); an error with no listener would end us with a stack trace. */
export function watchReaders(streams: readonly NodeJS.EventEmitter[], onGone: () => void): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      onGone();
    });
  }
}
