type Variables = Readonly<Record<string, string | undefined>>;

/** Whether a variable is set to anything; an empty one counts as not set, as no-color.org says. */
export function isSet(variables: Variables, name: string): boolean {
  return (variables[name] ?? '') !== '';
}

/** Whether text for a person is coloured: on a terminal that can, unless NO_COLOR or FORCE_COLOR says otherwise. Pure. */
export function wantsColour(variables: Variables, isTerminal: boolean): boolean {
  if (isSet(variables, 'NO_COLOR')) return false;
  const forced = variables['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal && variables['TERM'] !== 'dumb';
}

/** Whether a person sits there: lines may be rewritten and questions asked. Pure. */
export function isInteractive(variables: Variables, isTerminal: boolean): boolean {
  return isTerminal && variables['TERM'] !== 'dumb' && !isSet(variables, 'CI');
}

/** Columns and rows. */
export interface Size {
  columns: number;
  rows: number;
}

/**
 * Nx runs a batch in a process without a terminal and hands its text on as it is. With this variable the plugin says
 * that its output goes to a terminal, and how large that is.
 */
export const terminalVariable = 'STACK_TERMINAL';

/** The value of the variable. */
export function formatSize({ columns, rows }: Size): string {
  return `${columns}x${rows}`;
}

/** The size that the variable says, for a batch of Nx; undefined elsewhere. Pure. */
export function readSize(variables: Variables): Size | undefined {
  const [, columns, rows] = /^(\d+)x(\d+)$/.exec(variables[terminalVariable] ?? '') ?? [];
  if (columns === undefined || rows === undefined) return undefined;
  return variables['NX_FORKED_TASK_EXECUTOR'] === 'true'
    ? { columns: Number(columns), rows: Number(rows) }
    : undefined;
}

/**
 * The variables with which Nx starts tasks, from those of Nx itself: it would force colours on them whatever reads its
 * output. Pure.
 */
export function taskVariables(
  variables: Variables,
  terminal: Size | undefined,
): Record<string, string> {
  const isOwnDisplay = variables['NX_TUI'] === 'true';
  const relayed = isInteractive(variables, terminal !== undefined) && !isOwnDisplay;
  const colour = wantsColour(variables, terminal !== undefined);
  return {
    // Empty would reach the task as it is, and a task has no terminal to go by.
    FORCE_COLOR: colour ? variables['FORCE_COLOR'] || '1' : '0',
    [terminalVariable]: relayed && terminal !== undefined ? formatSize(terminal) : '',
  };
}
