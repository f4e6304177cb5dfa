import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  appendFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

const folder = 'tools/e2e/src';
const ending = '.e2e.spec.ts';

/** Which end-to-end spec runs in which lane: a lane has a lab of its own and runs its specs one after the other. */
export type Lanes = Record<'a' | 'b', string[]>;

/** The specs of each lane, by their names without the ending. */
export function readLanes(root: string): Lanes {
  return JSON.parse(readFileSync(join(root, 'tools/e2e/lanes.json'), 'utf8')) as Lanes;
}

/** The names of all end-to-end specs there are. */
export function e2eNames(root: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => basename(name, ending))
    .sort();
}

/** The paths of specs from the root of a workspace. */
export function specPaths(names: readonly string[]): string[] {
  return names.map((name) => `${folder}/${name}${ending}`);
}

/**
 * A copy of the workspace with a lab of its own, for the second lane: all files that git knows or would take, as the
 * first commit of a repository of its own, and the same packages. What is left of an earlier run goes first.
 */
export function makeLane(root: string, at: string): void {
  removeLane(at);
  const listed = ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listed, { encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files.filter((name) => existsSync(join(root, name))))
    cpSync(join(root, file), join(at, file), { verbatimSymlinks: true });
  symlinkSync(join(root, 'node_modules'), join(at, 'node_modules'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@lab.test', ...args], {
      cwd: at,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  git('init', '--quiet', '--initial-branch=main');
  // The ignore file of the project means a folder, and here it is a link.
  appendFileSync(join(at, '.git/info/exclude'), 'node_modules\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'start');
}

/** Removes a lane with its lab. */
export function removeLane(at: string): void {
  if (existsSync(join(at, '.lab')))
    execFileSync('bash', [join(at, 'tools/lab/hosts.sh'), 'wipe'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  rmSync(at, { recursive: true, force: true });
}
