import { exitCodes, type ExitCode } from '@ai-stack/core';
import type { Look } from '@ai-stack/report';
import type { Call } from '../context/call';
import type { CommandName } from '../options/declaration';
import type { FlagsOf } from '../options/flags';
import { lookOf } from '../terminal/terminal';

/** What was asked for, for the code that prints or evaluates the result. */
export interface Asked<Name extends CommandName> {
  call: Call;
  flags: FlagsOf<Name>;
  look: Look;
}

/** One command. What all have in common is in `actionOf` and `onStack`. */
export interface Command<Name extends CommandName, Result = undefined> {
  /** Does the work. Throws StackErrors. Prints only what cannot wait for its end: lines of logs, plans, progress. */
  work: (call: Call, flags: FlagsOf<Name>) => Promise<Result>;
  /** What an operator reads of the result; undefined: nothing more. Without it the result is not printed at all. */
  text?: (result: Result, asked: Asked<Name>) => string | undefined;
  /** What --json prints; the result itself without it. */
  json?: (result: Result, asked: Asked<Name>) => unknown;
  /** The exit code, once the result was printed; `done` without it. Throws what fails the command only then. */
  end?: (result: Result, asked: Asked<Name>) => ExitCode | undefined;
}

/** A command as the program runs it; its flags have the names and types of the command's declaration. */
export type Action = (call: Call, flags: object) => Promise<ExitCode>;

/** The frame of all commands: does the work, prints the result as text or JSON, and says the exit code. */
export function actionOf<Name extends CommandName, Result>(command: Command<Name, Result>): Action {
  return async (call, given) => {
    const flags = given as FlagsOf<Name>;
    const result = await command.work(call, flags);
    const asked = { call, flags, look: lookOf(call.terminal) };
    const printed = print(command, result, asked);
    if (printed !== undefined) call.terminal.out(printed);
    return command.end?.(result, asked) ?? exitCodes.done;
  };
}

function print<Name extends CommandName, Result>(
  { text, json }: Command<Name, Result>,
  result: Result,
  asked: Asked<Name>,
): string | undefined {
  if (text === undefined || result === undefined) return undefined;
  if (!asked.call.json) return text(result, asked);
  return JSON.stringify(json === undefined ? result : json(result, asked), null, 2);
}
