import type { TargetConfiguration } from '@nx/devkit';
import type { Verb } from '../../../stack/src/options/declaration';
import type { InventoryTree } from './inventory-tree';
import { diffViews, readerOf, viewOf } from './view';

type Inputs = NonNullable<TargetConfiguration['inputs']>;

/** The inventory now, and at the base with which this command compares; undefined: it compares with none. */
export interface Trees {
  now: InventoryTree;
  base: InventoryTree | undefined;
}

/** The libraries whose code decides what a verb does; a change there concerns every service. */
export const libraries: Record<Verb, string[]> = {
  render: ['core', 'inventory', 'render'],
  deploy: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker', 'deploy'],
  verify: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker', 'verify'],
};

const shared = ['zod', 'yaml', 'esbuild', 'semver'];
const reaching = [...shared, 'execa', 'tar-stream', 'dockerode', 'commander'];

/** The packages that this code imports; `inputs.spec.ts` compares them with the imports. */
export const packages: Record<Verb, string[]> = {
  render: shared,
  deploy: reaching,
  verify: [...reaching, 'dns-packet', 'xmlbuilder2', 'eventsource-parser'],
};

/**
 * The exact inputs of one target: the service's own directory, the files of the inventory that it reads, and the code
 * of the verb. Nx decides by them what is affected and what is cached.
 */
export function inputsOf(verb: Verb, service: string, trees: Trees): Inputs {
  return [
    'code',
    { input: 'code', projects: [...libraries[verb], 'stack', 'nx-plugin'] },
    ...filesOf(verb, service, trees).map((file) => `{workspaceRoot}/${file}`),
    { externalDependencies: packages[verb] },
    { env: 'STACK_ENV' },
    { env: 'LAB_NET' },
  ];
}

/**
 * render is cached, so its inputs are whole files. deploy and verify are not: under `nx affected` a file is an input of
 * theirs when that part of it changed that the service reads, and a comment or another's value changes nothing.
 */
function filesOf(verb: Verb, service: string, { now, base }: Trees): string[] {
  const view = (tree: InventoryTree) =>
    viewOf(readerOf(service, tree.get(`apps/${service}/service.yaml`) ?? {}, verb), tree);
  if (verb === 'render' || base === undefined) return [...view(now).keys()].sort();
  return diffViews(view(base), view(now));
}
