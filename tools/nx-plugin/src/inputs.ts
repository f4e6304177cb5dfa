import type { TargetConfiguration } from '@nx/devkit';
import type { Neighbours, Placement } from './placement';

type Inputs = NonNullable<TargetConfiguration['inputs']>;
export type Verb = 'render' | 'deploy' | 'verify';

/** The libraries whose code decides what a verb does; a change there concerns every service. */
const libraries: Record<Verb, string[]> = {
  render: ['core', 'inventory', 'render'],
  deploy: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker', 'deploy'],
  verify: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker', 'verify'],
};

/**
 * The exact inputs of one target: the service's own folder, the files of the inventory that its render reads, the
 * contracts of what it needs, and the code behind the verb. Nx decides by them what is affected and what is cached.
 */
export function inputsOf(
  verb: Verb,
  service: string,
  neighbours: Neighbours,
  all: { placement: Placement; services: string[] },
): Inputs {
  const files = [
    ...inventoryFiles(service, neighbours, all.placement),
    ...contracts(neighbours, all.services),
  ];
  return [
    'code',
    { input: 'code', projects: [...libraries[verb], 'stack', 'nx-plugin'] },
    ...files.map((file) => `{workspaceRoot}/${file}`),
    { externalDependencies: [] },
    { env: 'STACK_ENV' },
    { env: 'LAB_NET' },
  ];
}

function inventoryFiles(
  service: string,
  { needs, reads }: Neighbours,
  placement: Placement,
): string[] {
  const near = [service, ...needs];
  const hosts = placement.hosts.filter(
    (host) => reads.includes('hosts') || host.services.some((placed) => near.includes(placed)),
  );
  const models = placement.models.filter(
    (model) => model.engine === service || reads.includes('models'),
  );
  const shared = [
    'environment',
    ...reads.filter((part) => ['dns', 'ingress', 'sso'].includes(part)),
  ];
  return [
    ...[...hosts, ...models].map(({ file }) => file),
    ...placement.environments.flatMap((environment) =>
      shared.map((part) => `libs/inventory/environments/${environment}/${part}.yaml`),
    ),
  ].sort();
}

function contracts({ needs, reads }: Neighbours, services: string[]): string[] {
  const read = reads.includes('endpoints')
    ? services
    : needs.filter((need) => services.includes(need));
  return read.map((name) => `apps/${name}/service.yaml`).sort();
}
