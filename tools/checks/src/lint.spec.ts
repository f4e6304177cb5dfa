import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execa } from 'execa';

const root = process.cwd();
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lint-'));
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'tsconfig.base.json'])
    copyFileSync(join(root, file), join(directory, file));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('npm run lint finds errors of the compiler, of rules that know types, and of the others', async () => {
  writeFileSync(
    join(directory, 'tools.ts'),
    `export const count: number = 'none';
export const later = (): void => { Promise.resolve(1); };
export const text = '\${count}';
export const end = (): never => process.exit(1);
`,
  );
  const run = { cwd: directory, reject: false, all: true, env: { FORCE_COLOR: '0' } } as const;
  const { exitCode, all } = await execa(
    'node_modules/.bin/oxlint',
    ['--format=unix', 'tools.ts'],
    run,
  );
  const found = [...all.matchAll(/^tools\.ts:(\d+):.*\[Error\/(.*)\]$/gm)];
  expect(found.map(([, line, rule]) => `${line} ${rule}`).sort()).toEqual([
    '1 typescript(TS2322)',
    '2 typescript(no-floating-promises)',
    '3 eslint(no-template-curly-in-string)',
    '4 eslint(no-restricted-properties)',
  ]);
  expect(exitCode).toBe(1);
});
