/** Where a command writes: results to standard output, progress and errors to standard error. */
export interface Terminal {
  out: (text: string) => void;
  err: (text: string) => void;
  colour: boolean;
  /** Whether a person sits there: lines may be rewritten and questions asked. */
  interactive: boolean;
}

/** The terminal of this very program; NO_COLOR and FORCE_COLOR are honoured. */
export function openTerminal(variables: NodeJS.ProcessEnv): Terminal {
  const interactive = process.stdout.isTTY && process.stderr.isTTY && variables['CI'] === undefined;
  const forced = variables['FORCE_COLOR'];
  const colour = forced === undefined ? interactive : forced !== '0' && forced !== 'false';
  return {
    out: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    err: (text) => void process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    colour: colour && variables['NO_COLOR'] === undefined,
    interactive,
  };
}

/** A terminal that keeps what was written, for a task of Nx that hands its output over at its end. */
export function recordTerminal(terminal: Terminal): { terminal: Terminal; text: () => string } {
  const lines: string[] = [];
  const record = (write: (text: string) => void) => (text: string) => {
    lines.push(text.endsWith('\n') ? text : `${text}\n`);
    write(text);
  };
  return {
    terminal: { ...terminal, out: record(terminal.out), err: record(terminal.err) },
    text: () => lines.join(''),
  };
}
