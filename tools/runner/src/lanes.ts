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
import { join } from 'node:path';
import { makeLight } from './light';

const directory = 'tools/e2e/src';
const ending = '.e2e.spec.ts';

/**
 * Which end-to-end spec runs in which lane, by its path without the ending: a lane has a lab of its own and runs its
 * specs in this order. Specs of `whole/` need all services, those of `light/` the light ones alone (light.ts).
 */
export type Lanes = Record<string, string[]>;

/** The lane of the workspace itself, with all services; every other lane is a light copy. */
export const wholeLane = 'whole';

/** What the light services are, and the Traefik of every lab. */
const lightPrograms = ['coredns', 'ollama', 'traefik'];

/**
 * The programs without which a lane cannot run, of those that could not be made here (program -> reason): its lab could
 * not be deployed.
 */
export function lackingPrograms(lane: string, absent: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(absent).sort();
  return lane === wholeLane ? names : names.filter((name) => lightPrograms.includes(name));
}

/** The specs of each lane. */
export function readLanes(root: string): Lanes {
  return JSON.parse(readFileSync(join(root, 'tools/e2e/lanes.json'), 'utf8')) as Lanes;
}

/** All end-to-end specs there are, by their paths without the ending. */
export function e2eNames(root: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();
}

/** The paths of specs from the root of a workspace. */
export function specPaths(names: readonly string[]): string[] {
  return names.map((name) => `${directory}/${name}${ending}`);
}

/**
 * A copy of the workspace with a light lab of its own, for a further lane: all files that git knows or would take, as the
 * first commit of a repository of its own, and the same packages. What is left of an earlier run goes first.
 */
export function makeLane(root: string, at: string): void {
  removeLane(at);
  const listed = ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listed, { encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files.filter((name) => existsSync(join(root, name))))
    cpSync(join(root, file), join(at, file), { verbatimSymlinks: true });
  const compiled = 'dist/stack';
  if (existsSync(join(root, compiled)))
    cpSync(join(root, compiled), join(at, compiled), { recursive: true });
  makeLight(at);
  symlinkSync(join(root, 'node_modules'), join(at, 'node_modules'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@lab.test', ...args], {
      cwd: at,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  git('init', '--quiet', '--initial-branch=main');
  // The ignore file of the project means a directory, and here it is a link.
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
