import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { exitCodes, levels, type ExitCode, type Level } from '@ai-stack/core';
import {
  environmentNames,
  readLocalEnv,
  resolveEnvironmentName,
  workspaceRoot,
} from '@ai-stack/inventory';
import type { Call } from './call';
import { runBase } from './commands/base';
import { runDeploy } from './commands/deploy';
import { runDestroy } from './commands/destroy';
import { runDiscover } from './commands/discover';
import { runHold, runUnhold } from './commands/hold';
import { runLogs } from './commands/logs';
import { runPlan } from './commands/plan';
import { runRender } from './commands/render';
import { runReleases } from './commands/releases';
import { runRollback } from './commands/rollback';
import { runStatus } from './commands/status';
import { runVerify } from './commands/verify';
import { defaultLockTimeout } from './lock-options';
import type { Variables } from './stack';
import type { Terminal } from './terminal';

interface SharedFlags {
  environment?: string;
  hosts?: string[];
  json?: boolean;
  verbose?: boolean;
}

type Action<Flags> = (call: Call, flags: Flags) => Promise<ExitCode | undefined>;

/** Builds the command line; the function that it returns runs one and says how it ended. */
export function buildProgram(
  terminal: Terminal,
  processVariables: Variables,
  directory: string,
): (args: readonly string[]) => Promise<ExitCode> {
  let ended: ExitCode | undefined;
  const bind =
    <Flags extends object>(action: Action<Flags>) =>
    async (services: string[], flags: Flags & SharedFlags) => {
      ended = await action(makeCall(terminal, processVariables, directory, services, flags), flags);
    };
  const program = makeProgram(terminal);

  stackCommand(
    program,
    'render',
    'write the files of each host under dist/render; reaches no host',
  ).action(bind(runRender));
  stackCommand(program, 'plan', 'show what deploy would change, and why; changes nothing')
    .option('--expect-no-changes', 'exit with 3 when something would change (drift)')
    .option('--show-kept', 'show what stays as it is, too')
    .action(bind(runPlan));
  stackCommand(
    program,
    'deploy',
    'plan, then change what has to change, and wait until it is healthy',
  )
    .option('--dry-run', 'stop after the plan')
    .option('--allow <guards>', 'guards to override, separated by commas', list)
    .option('--show-kept', 'show what stays as it is, too')
    .option('--lock-timeout <seconds>', lockTimeoutHelp, parseSeconds)
    .action(bind(runDeploy));
  stackCommand(program, 'verify', 'ask the running services, from the hosts and from here')
    .option('--level <levels>', `of ${levels.join(', ')}`, parseLevels)
    .option('--timeout <seconds>', 'until what is still loading counts as failed', parseSeconds, 60)
    .action(bind(runVerify));
  stackCommand(program, 'status', 'what runs where, since when, by whom').action(bind(runStatus));
  stackCommand(
    program,
    'base',
    'print the commit from which nx affected -t deploy misses nothing, as the hosts say',
  ).action(bind(runBase));
  stackCommand(program, 'logs', 'the last lines of the containers')
    .option('--follow', 'go on until interrupted')
    .option('--lines <count>', 'lines of each container', parseSeconds, 100)
    .action(bind(runLogs));
  stackCommand(program, 'destroy', 'stop and remove containers; data stays unless --data')
    .option('--data', 'remove the data, too; --confirm must name the service')
    .option('--confirm <service>', 'the name of the service whose data is to be removed')
    .option('--lock-timeout <seconds>', lockTimeoutHelp, parseSeconds)
    .action(bind(runDestroy));
  stackCommand(program, 'releases', 'the releases that the hosts keep').action(bind(runReleases));
  stackCommand(program, 'rollback', 'bring back an earlier release whole, and prove that it works')
    .option('--to <release>', 'an id that releases shows (default: the one before)')
    .option('--allow <guards>', 'guards to override, separated by commas', list)
    .option('--lock-timeout <seconds>', lockTimeoutHelp, parseSeconds)
    .action(bind(runRollback));
  stackCommand(program, 'hold', 'refuse every change of the hosts until unhold')
    .option('--why <text>', 'what those read whom it stops')
    .action(bind(runHold));
  stackCommand(program, 'unhold', 'allow changes again').action(bind(runUnhold));
  stackCommand(program, 'discover', 'read the live hosts to fill the TODO keys of an environment')
    .option('--write', 'edit the files instead of printing the difference')
    .action(bind(runDiscover));

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

const lockTimeoutHelp = `how long to wait for somebody else who works on the same (default: ${defaultLockTimeout})`;

function makeProgram(terminal: Terminal): Command {
  return new Command('stack')
    .description('Renders, deploys and verifies the AI stack over SSH.')
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err });
}

function stackCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('[services...]', 'the services; none: all of them')
    .option('--environment <name>', 'the environment (default: STACK_ENV, else lab)')
    .option('--hosts <names>', 'only these hosts, separated by commas', list)
    .option('--json', 'print JSON instead of text')
    .option('--verbose', 'show each command that runs on a host, and the causes of errors');
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
  return {
    root,
    variables,
    environment: resolveEnvironmentName(
      { configuration: flags.environment, variables },
      environmentNames(root),
    ),
    services,
    hosts: flags.hosts ?? [],
    json: flags.json ?? false,
    verbose: flags.verbose ?? false,
    terminal,
  };
}

/** `a,b` as a list. */
export function list(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** `--level=container,api`: known levels only. */
export function parseLevels(text: string): Level[] {
  const names = list(text);
  const unknown = names.filter((name) => !levels.includes(name as Level));
  if (unknown.length > 0 || names.length === 0) {
    throw new InvalidArgumentError(`Use of ${levels.join(', ')}.`);
  }
  return names as Level[];
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new InvalidArgumentError('Use a whole number from 1.');
  return seconds;
}
