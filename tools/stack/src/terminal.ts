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
}

/** Without a terminal, as reports are laid out. */
const standardSize: Size = { columns: 100, rows: 24 };

/** The terminal of this very program, or the one behind Nx; NO_COLOR and FORCE_COLOR are honoured. */
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
  };
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
