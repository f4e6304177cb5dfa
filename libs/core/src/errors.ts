/** The place that an error speaks of: where a person has to look or to edit. */
export interface Where {
  environment?: string;
  service?: string;
  host?: string;
  /** Path from the workspace root, or an absolute path on `host`. */
  file?: string;
  line?: number;
  column?: number;
  /** Dotted path of the key inside `file`. */
  key?: string;
}

export interface StackErrorInit {
  where?: Where;
  /** A command or an edit that fixes it. */
  fix?: string;
  cause?: unknown;
  exitCode?: ExitCode;
}

/** Exit codes of the command line; see design: interface. */
export const exitCodes = {
  done: 0,
  failed: 1,
  badInput: 2,
  changesPending: 3,
  locked: 4,
  verifyFailed: 5,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The one error type that the project throws: what went wrong, where, how to fix it, and why. */
export class StackError extends Error {
  override readonly name: string = 'StackError';
  readonly what: string;
  readonly where: Where;
  readonly fix: string | undefined;
  readonly exitCode: ExitCode;

  constructor(what: string, init: StackErrorInit = {}) {
    super(formatMessage(what, init.where ?? {}, init.fix), { cause: init.cause });
    this.what = what;
    this.where = init.where ?? {};
    this.fix = init.fix;
    this.exitCode = init.exitCode ?? exitCodes.failed;
  }

  /** For `--json`: what a person would be told, without the stack. */
  toJSON(): { what: string; where: Where; fix?: string; cause?: string } {
    const { what, where, fix, cause } = this;
    const because = cause instanceof Error ? cause.message : undefined;
    return {
      what,
      where,
      ...(fix !== undefined && { fix }),
      ...(because !== undefined && { cause: because }),
    };
  }
}

/** Several errors found together, so that a person fixes them in one go. */
export class StackErrors extends StackError {
  override readonly name = 'StackErrors';
  readonly errors: readonly StackError[];

  constructor(errors: readonly StackError[], what = countOf(errors.length), exitCode?: ExitCode) {
    super(what, { exitCode: exitCode ?? errors[0]?.exitCode });
    this.errors = errors;
    this.message = [what, ...errors.map((error) => error.message)].join('\n');
  }
}

/** Bad input by the operator: reported before any host is touched, exit code 2. */
export function badInput(what: string, init: Omit<StackErrorInit, 'exitCode'> = {}): StackError {
  return new StackError(what, { ...init, exitCode: exitCodes.badInput });
}

/** Throws one error, or all of them together; returns when there is none. */
export function throwAll(errors: readonly StackError[], what?: string): void {
  const [first] = errors;
  if (first === undefined) return;
  if (errors.length === 1) throw first;
  throw new StackErrors(errors, what);
}

/** The single errors inside `error`, whatever it is; an unknown value is wrapped and keeps its cause. */
export function flattenErrors(error: unknown, where: Where = {}): StackError[] {
  if (error instanceof StackErrors) return error.errors.flatMap((one) => flattenErrors(one));
  if (error instanceof StackError) return [error];
  const what = error instanceof Error ? error.message : String(error);
  return [new StackError(what, { where, cause: error })];
}

/** `file:line:column, key, service chat, host trusted` without the parts that are unknown. */
export function formatWhere(where: Where): string {
  const position = [where.file, where.line, where.column].filter((part) => part !== undefined);
  const parts = [
    position.join(':'),
    where.key,
    where.service && `service ${where.service}`,
    where.host && `host ${where.host}`,
    where.environment && `environment ${where.environment}`,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}

function formatMessage(what: string, where: Where, fix: string | undefined): string {
  const place = formatWhere(where);
  return (place === '' ? what : `${place}: ${what}`) + (fix === undefined ? '' : `\n  fix: ${fix}`);
}

function countOf(count: number): string {
  return `${count} errors`;
}
