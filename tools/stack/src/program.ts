import { Command, CommanderError } from 'commander';
import { exitCodes, type ExitCode } from '@ai-stack/core';
import {
  environmentNames,
  readLocalEnv,
  resolveEnvironmentName,
  workspaceRoot,
} from '@ai-stack/inventory';
import type { Call } from './context/call';
import { runBase } from './commands/inspect/base';
import { runDeploy } from './commands/change/deploy';
import { runDestroy } from './commands/change/destroy';
import { runDiscover } from './commands/inspect/discover';
import { runHold, runUnhold } from './commands/change/hold';
import { runLogs } from './commands/inspect/logs';
import { runMigrate } from './commands/migrate';
import { runPlan } from './commands/inspect/plan';
import { runRender } from './commands/render';
import { runReleases } from './commands/inspect/releases';
import { runRollback } from './commands/change/rollback';
import { runStatus } from './commands/inspect/status';
import { runVerify } from './commands/verify';
import { commandOf, commands, optionsOf, type CommandName } from './options/declaration';
import { checkNames } from './context/names';
import { addOptions, explainUnknown } from './options/parse-words';
import type { Variables } from './context/stack';
import type { Terminal } from './terminal/terminal';

/** What every command takes. */
export interface SharedFlags {
  environment?: string;
  hosts?: string[];
  json?: boolean;
  verbose?: boolean;
}

/** Its flags have the names and types of the command's declaration. */
export type Action = (call: Call, flags: object) => Promise<ExitCode | undefined>;

const realActions: Record<CommandName, Action> = {
  render: runRender,
  plan: runPlan,
  deploy: runDeploy,
  verify: runVerify,
  status: runStatus,
  base: runBase,
  logs: runLogs,
  destroy: runDestroy,
  releases: runReleases,
  rollback: runRollback,
  hold: runHold,
  unhold: runUnhold,
  discover: runDiscover,
  migrate: runMigrate,
};

/** Builds the command line; the function that it returns runs one and says how it ended. */
export function buildProgram(
  terminal: Terminal,
  processVariables: Variables,
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
      .description(commandOf(name).description)
      .argument('[services...]', 'the services; none: all of them');
    addOptions(command, options).action(async (services: string[], flags: SharedFlags) => {
      const call = makeCall(terminal, processVariables, directory, services, flags);
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

function makeCall(
  terminal: Terminal,
  processVariables: Variables,
  directory: string,
  services: readonly string[],
  flags: SharedFlags,
): Call {
  const root = workspaceRoot(directory);
  const variables = { ...readLocalEnv(root), ...processVariables };
  const environment = resolveEnvironmentName(
    { configuration: flags.environment, variables },
    environmentNames(root),
  );
  const hosts = flags.hosts ?? [];
  checkNames(root, environment, { services, hosts });
  return {
    root,
    variables,
    environment,
    services,
    hosts,
    json: flags.json ?? false,
    verbose: flags.verbose ?? false,
    terminal,
  };
}
