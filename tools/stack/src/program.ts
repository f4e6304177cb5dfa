import { Command, CommanderError } from 'commander';
import { exitCodes, type ExitCode } from '@ai-stack/core';
import { workspaceRoot } from '@ai-stack/inventory';
import { actions as realActions } from './commands';
import { makeCall } from './context/call';
import type { Variables } from './context/stack';
import type { Action } from './frame/command';
import { commandOf, commands, optionsOf, type CommandName } from './options/declaration';
import type { SharedFlags } from './options/flags';
import { addOptions, explainUnknown } from './options/parse-words';
import type { Terminal } from './terminal/terminal';

/** Builds the command line; the function that it returns runs one and says how it ended. */
export function buildProgram(
  terminal: Terminal,
  variables: Variables,
  directory: string,
  actions: Readonly<Record<CommandName, Action>> = realActions,
): (args: readonly string[]) => Promise<ExitCode> {
  let ended: ExitCode | undefined;
  const program = makeProgram(terminal);
  for (const { name } of commands) {
    const options = optionsOf([name]);
    const command = program
      .command(name)
      .configureOutput({ outputError: (text, write) => write(explainUnknown(text, options)) })
      .description(commandOf(name).description);
    if (commandOf(name).isWhole !== true)
      command.argument('[services...]', 'the services; none: all of them');
    addOptions(command, options).action(async () => {
      const root = workspaceRoot(directory);
      const services = [...new Set(command.args)];
      const flags: SharedFlags = command.opts();
      const call = makeCall({ root, variables, services, terminal }, flags);
      ended = await actions[name](call, flags);
    });
  }

  return async (args) => {
    try {
      await program.parseAsync([...args], { from: 'user' });
      return ended ?? exitCodes.done;
    } catch (error) {
      if (error instanceof CommanderError)
        return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
      throw error;
    }
  };
}

function makeProgram(terminal: Terminal): Command {
  return new Command('stack')
    .description('Renders, deploys and verifies the AI stack over SSH.')
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
    });
}
