import { StackError } from '@ai-stack/core';
import { execa } from 'execa';
import type { ServiceRequest } from './request';
import type { Scene } from './scene';

/** The services that may render differently once this one is there: itself, what it needs, and whose files hold all records. */
export function goldensOf({ name, needs }: ServiceRequest, { services }: Scene): string[] {
  const readers = services.filter(({ reads }) => reads.includes('records'));
  return [...new Set([name, ...needs, ...readers.map((reader) => reader.name)])].sort();
}

/** Formats the files of a new service as all others are formatted. Throws when the formatter cannot. */
export async function formatService(root: string, name: string): Promise<void> {
  const args = ['node_modules/oxfmt/bin/oxfmt', `apps/${name}`];
  const ran = await execa('node', args, { cwd: root, reject: false, stdin: 'ignore' });
  if (ran.exitCode === 0) return;
  throw new StackError(`the files are there, but apps/${name} could not be formatted`, {
    fix: `npm ci, then npm run format\n${ran.stderr}`,
  });
}

/** Writes what is generated from the services: CODEOWNERS, and the schemas of their options. Throws when it fails. */
export async function writeGenerated(root: string): Promise<void> {
  const program = ['-r', '@swc-node/register', 'tools/checks/src/main.ts'];
  const ran = await execa('node', program, {
    cwd: root,
    env: { NODE_NO_WARNINGS: '1', NODE_OPTIONS: '' },
    reject: false,
    stdin: 'ignore',
  });
  if (ran.exitCode === 0) return;
  throw new StackError(
    'the files are there, but what is generated from them could not be written',
    {
      fix: `correct what is said below, then npm run generate\n${ran.stderr}`,
    },
  );
}

/** Runs the golden tests of these services so that they write what they expect. Throws when one cannot be rendered. */
export async function writeGoldens(root: string, services: readonly string[]): Promise<void> {
  const specs = services.map((service) => `apps/${service}/service.spec.ts`);
  const program = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
  const ran = await execa('node', [...program, '--selectProjects', 'unit', '--', ...specs], {
    cwd: root,
    env: { UPDATE_GOLDEN: '1', NODE_NO_WARNINGS: '1', NODE_OPTIONS: '' },
    reject: false,
    stdin: 'ignore',
  });
  if (ran.exitCode === 0) return;
  throw new StackError('the files are there, but their goldens could not be written', {
    fix: `fix what is said below, then UPDATE_GOLDEN=1 npm test -- --selectProjects unit -- ${specs.join(' ')}\n${ran.stderr}`,
  });
}
