/** Where a command writes: results to standard output, progress and errors to standard error. */
export interface Terminal {
  out: (text: string) => void;
  err: (text: string) => void;
  /** To standard error, without an end of line. */
  errRaw: (text: string) => void;
  colour: boolean;
  /** Whether a person sits there: lines may be rewritten and questions asked. */
  interactive: boolean;
  columns: number;
}

/** The terminal of this very program; NO_COLOR and FORCE_COLOR are honoured. */
export function openTerminal(variables: NodeJS.ProcessEnv): Terminal {
  const interactive = process.stdout.isTTY && process.stderr.isTTY && variables['CI'] === undefined;
  const forced = variables['FORCE_COLOR'];
  const colour = forced === undefined ? interactive : forced !== '0' && forced !== 'false';
  return {
    out: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    err: (text) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    errRaw: (text) => void process.stderr.write(text),
    columns: process.stderr.isTTY ? process.stderr.columns : 100,
    colour: colour && variables['NO_COLOR'] === undefined,
    interactive,
  };
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
