import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readCommit } from './author';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'author-'));
  cpSync('.gitignore', join(root, '.gitignore'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'x');
});
afterEach(() => rmSync(root, { recursive: true }));

it.each(['.lab', 'node_modules', '.env.local'])(
  'a %s that is a link is no change',
  async (name) => {
    symlinkSync('/tmp', join(root, name));
    expect(await readCommit(root)).toMatch(/^[0-9a-f]{40}$/);
  },
);

it('a file that git does not know is a change', async () => {
  writeFileSync(join(root, 'new.txt'), '');
  expect(await readCommit(root)).toBeNull();
});

it('a repository without a commit has none', async () => {
  rmSync(join(root, '.git'), { recursive: true });
  writeFileSync(join(root, '.gitignore'), '*\n');
  execFileSync('git', ['-C', root, 'init', '-q']);
  expect(await readCommit(root)).toBeNull();
});

it('a directory that is no repository has none', async () => {
  rmSync(join(root, '.git'), { recursive: true });
  expect(await readCommit(root)).toBeNull();
});
