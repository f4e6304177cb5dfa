import { basename, dirname, join } from 'node:path';
import type {
  CreateNodes,
  PreTasksExecutionContext,
  ProjectConfiguration,
  TargetConfiguration,
} from '@nx/devkit';
import { guardEnvironment } from './guard';
import { inputsOf, type Verb } from './inputs';
import { environmentNames, readNeighbours, readPlacement } from './placement';

const command = 'node -r @swc-node/register tools/stack/src/main.ts';

/** Every folder of `apps/` with a contract is a project; what its targets depend on follows from data alone. */
export const createNodes: CreateNodes = [
  'apps/*/service.yaml',
  (files, _options, { workspaceRoot }) => {
    const services = files.map((file) => basename(dirname(file))).sort();
    const placement = readPlacement(workspaceRoot);
    return files.map((file) => {
      const neighbours = readNeighbours(join(workspaceRoot, file));
      const name = basename(dirname(file));
      const targets = targetsOf(name, placement.environments, (verb) =>
        inputsOf(verb, name, neighbours, { placement, services }),
      );
      const project: Omit<ProjectConfiguration, 'root'> = {
        name,
        projectType: 'application',
        tags: ['type:service'],
        targets,
      };
      return [file, { projects: { [dirname(file)]: project } }] as const;
    });
  },
];

/** Stops a misspelt environment, which Nx itself would silently replace by the default one. */
export function preTasksExecution(_options: unknown, context: PreTasksExecutionContext): void {
  guardEnvironment(context.argv, process.env, environmentNames(context.workspaceRoot));
}

type InputsOf = (verb: Verb) => TargetConfiguration['inputs'];

function targetsOf(
  name: string,
  environments: string[],
  inputs: InputsOf,
): Record<string, TargetConfiguration> {
  const configurations = Object.fromEntries(
    environments.map((environment) => [environment, { environment }]),
  );
  const shared = { configurations, defaultConfiguration: process.env['STACK_ENV'] ?? 'lab' };
  const batched = (verb: Verb): TargetConfiguration => ({
    ...shared,
    executor: './tools/nx-plugin:service',
    options: { verb },
    inputs: inputs(verb) ?? [],
  });
  const single = (verb: string): TargetConfiguration => ({
    ...shared,
    executor: 'nx:run-commands',
    options: { command: `${command} ${verb} ${name}`, forwardAllArgs: true },
  });
  return {
    render: {
      ...batched('render'),
      cache: true,
      outputs: [`{workspaceRoot}/dist/render/{options.environment}/${name}`],
    },
    deploy: { ...batched('deploy'), dependsOn: ['render'] },
    verify: batched('verify'),
    plan: single('plan'),
    status: single('status'),
    logs: single('logs'),
    destroy: single('destroy'),
  };
}
