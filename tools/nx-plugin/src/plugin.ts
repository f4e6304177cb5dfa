import { dirname } from 'node:path';
import type {
  CreateNodes,
  PreTasksExecutionContext,
  ProjectConfiguration,
  TargetConfiguration,
} from '@nx/devkit';
import { guardEnvironment } from './guard';
import { comparedWith, readTreeAt } from './compared-with';
import type { Verb } from '../../stack/src/verb';
import { inputsOf, type Trees } from './inputs';
import { environmentNames, readInventoryTree, serviceOf } from './inventory-tree';

const command = 'node tools/stack/stack.cjs';

const executor = './tools/stack/nx:service';
const stackProject = 'tools/stack/project.json';
const serviceVerbs = ['plan', 'status', 'logs', 'releases', 'rollback', 'destroy'];
const stackVerbs = ['plan', 'status', 'base', 'discover', 'releases', 'hold', 'unhold'];

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

/** Stops a misspelt environment, which Nx itself would silently replace by the default one. */
export function preTasksExecution(_options: unknown, context: PreTasksExecutionContext): void {
  guardEnvironment(context.argv, process.env, environmentNames(context.workspaceRoot));
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
    ...configured(environments),
    executor,
    options: { verb },
    inputs: inputsOf(verb, name, trees),
  });
  const single = (verb: string) => commandTarget(environments, `${verb} ${name}`);
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
      ...Object.fromEntries(serviceVerbs.map((verb) => [verb, single(verb)])),
    },
  };
}

/**
 * deploy and verify go through the same executor as the services', so that `run-many -t deploy` is one deploy and not
 * two side by side. They depend on no file: what is affected is decided service by service.
 */
function stackTargets(environments: string[]): Record<string, TargetConfiguration> {
  const whole = (verb: Verb): TargetConfiguration => ({
    ...configured(environments),
    executor,
    options: { verb },
    inputs: [{ env: 'STACK_ENV' }],
  });
  return {
    deploy: whole('deploy'),
    verify: whole('verify'),
    ...Object.fromEntries(stackVerbs.map((verb) => [verb, commandTarget(environments, verb)])),
  };
}

function commandTarget(environments: string[], args: string): TargetConfiguration {
  return {
    ...configured(environments),
    executor: 'nx:run-commands',
    options: { command: `${command} ${args}`, forwardAllArgs: true },
  };
}

function configured(environments: string[]): TargetConfiguration {
  return {
    configurations: Object.fromEntries(
      environments.map((environment) => [environment, { environment }]),
    ),
    defaultConfiguration: process.env['STACK_ENV'] ?? 'lab',
  };
}
