import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import type {
  CreateMetadata,
  CreateNodes,
  PreTasksExecutionContext,
  ProjectConfiguration,
  TargetConfiguration,
} from '@nx/devkit';
import { taskVariables, type Size } from '../../stack/src/terminal/colour';
import type * as Bundle from '../../stack/bundle.cjs';
import type * as Words from '../../stack/src/options/parse-words';
import { cacheVariables } from './compile-cache';
import { guardEnvironment } from './guard';
import { comparedWith, readTreeAt } from './affected/compared-with';
import {
  commandOf,
  commands,
  verbs,
  type CommandName,
  type Verb,
} from '../../stack/src/options/declaration';
import { inputsOf, type Trees } from './affected/inputs';
import { environmentNames, readInventoryTree, serviceOf } from './affected/inventory-tree';
import { refuseUnknownNames } from './known-names';
import { readNxLine, readNxNames, type NxLine } from './words';

const command = 'node tools/stack/stack.cjs';

const executor = './tools/nx-plugin/src/executors:service';
const stackProject = 'tools/stack/project.json';

/**
 * Every folder of `apps/` with a contract is a project; what its targets depend on follows from data alone.
 * The project `stack` gets the same verbs for all services at once.
 */
export const createNodes: CreateNodes = [
  `{apps/*/service.yaml,${stackProject}}`,
  (files, _options, { workspaceRoot, nxJsonConfiguration }) => {
    const environments = environmentNames(workspaceRoot);
    const trees = readTrees(workspaceRoot, nxJsonConfiguration.defaultBase ?? 'main');
    return files.map((file) => {
      const project =
        file === stackProject
          ? { targets: stackTargets(environments) }
          : serviceProject(serviceOf(file), environments, trees);
      return [file, { projects: { [dirname(file)]: project } }] as const;
    });
  },
];

/**
 * Stops a command line whose targets or projects are not all there. It is where Nx shows a plugin all projects, also where
 * there is then nothing to run; it adds nothing to them.
 */
export const createMetadata: CreateMetadata = (graph) => {
  refuseUnknownNames(readNxNames(process.argv.slice(2)), graph);
  return {};
};

/**
 * Stops, before any task, what Nx itself would swallow: a misspelt environment, and words that no command takes. A
 * command reads its words again; but a task that fails by a word would count as flaky, and Nx drops some words.
 * Says to the tasks what kind of terminal there is.
 */
export function preTasksExecution(
  _options: unknown,
  { argv, workspaceRoot }: PreTasksExecutionContext,
): void {
  guardEnvironment(argv, process.env, environmentNames(workspaceRoot));
  // The program and the script come first.
  const line = readNxLine(argv.slice(2));
  if (line !== undefined && line.words.length > 0) refuseWrongWords(workspaceRoot, line);
  // Nx hands what a plugin sets here on to the tasks.
  Object.assign(
    process.env,
    taskVariables(process.env, terminalSize()),
    cacheVariables(nodeModule as object),
  );
}

/** Of the terminal that Nx writes to; undefined when one of its two streams goes elsewhere. */
function terminalSize(): Size | undefined {
  const { stdout, stderr } = process;
  return stdout.isTTY && stderr.isTTY ? { columns: stdout.columns, rows: stdout.rows } : undefined;
}

function refuseWrongWords(workspaceRoot: string, { names, words }: NxLine): void {
  const require = nodeModule.createRequire(join(workspaceRoot, 'tools/stack/bundle.cjs'));
  const { load } = require('./bundle.cjs') as typeof Bundle;
  const { parseWords } = load(
    workspaceRoot,
    require('./entry.cjs') as Bundle.Program,
  ) as typeof Words;
  parseWords(names, words);
}

/** The inventory now and, under `nx affected`, as it was at the base; seen from any other process it has no base. */
function readTrees(root: string, defaultBase: string): Trees {
  const now = readInventoryTree(root);
  const compared = comparedWith(process.argv.slice(2), process.env, defaultBase);
  return { now, base: compared && readTreeAt(root, compared, now) };
}

function serviceProject(
  name: string,
  environments: string[],
  trees: Trees,
): Omit<ProjectConfiguration, 'root'> {
  const batched = (verb: Verb): TargetConfiguration => ({
    ...batchTarget(environments, verb),
    inputs: inputsOf(verb, name, trees),
  });
  const single = (verb: CommandName) => commandTarget(environments, verb, name);
  return {
    name,
    projectType: 'application',
    tags: ['type:service'],
    targets: {
      render: {
        ...batched('render'),
        cache: true,
        outputs: [`{workspaceRoot}/dist/render/{options.environment}/${name}`],
      },
      deploy: { ...batched('deploy'), dependsOn: ['render'] },
      verify: batched('verify'),
      ...Object.fromEntries(commandsOf('service').map((verb) => [verb, single(verb)])),
    },
  };
}

/**
 * render, deploy and verify go through the same executor as the services', so that `run-many -t deploy` is one deploy and not
 * two side by side. They depend on no file: what is affected is decided service by service.
 */
function stackTargets(environments: string[]): Record<string, TargetConfiguration> {
  const whole = (verb: Verb): TargetConfiguration => ({
    ...batchTarget(environments, verb),
    inputs: [{ env: 'STACK_ENV' }],
  });
  return {
    ...Object.fromEntries(verbs.map((verb) => [verb, whole(verb)])),
    ...Object.fromEntries(
      commandsOf('stack').map((verb) => [verb, commandTarget(environments, verb)]),
    ),
  };
}

/** The commands that a kind of project has as targets of one process each. */
function commandsOf(kind: 'service' | 'stack'): CommandName[] {
  return commands
    .map(({ name }) => commandOf(name))
    .filter(({ targets, name }) => targets.includes(kind) && !verbs.some((verb) => verb === name))
    .map(({ name }) => name as CommandName);
}

function batchTarget(environments: string[], verb: Verb): TargetConfiguration {
  return { ...configured(environments), ...described(verb), executor, options: { verb } };
}

function commandTarget(
  environments: string[],
  verb: CommandName,
  ...services: string[]
): TargetConfiguration {
  const line = [command, verb, ...services].join(' ');
  return {
    ...configured(environments),
    ...described(verb),
    executor: 'nx:run-commands',
    options: { command: line, forwardAllArgs: true },
  };
}

/** What `nx show project` says of a target. */
function described(name: CommandName): Pick<TargetConfiguration, 'metadata'> {
  const { description } = commandOf(name);
  return { metadata: { description, help: { command: `${command} ${name} --help`, example: {} } } };
}

function configured(environments: string[]): TargetConfiguration {
  return {
    configurations: Object.fromEntries(
      environments.map((environment) => [environment, { environment }]),
    ),
    defaultConfiguration: process.env['STACK_ENV'] ?? 'lab',
  };
}
