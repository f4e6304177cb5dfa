import { StackError } from '@ai-stack/core';
import { execa } from 'execa';
import type { History } from './find-base';

/** Git's name for a tree without files: from there everything is new. The same in every repository with SHA-1. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Asks git and Nx about a workspace. Throws a StackError where there is no repository or no commit. */
export async function readHistory(root: string): Promise<History> {
  const git = (...args: string[]) =>
    execa('git', ['-C', root, ...args], { reject: false, stdin: 'ignore' });
  const [head, shallow] = await Promise.all([
    git('rev-parse', '--verify', 'HEAD'),
    git('rev-parse', '--is-shallow-repository'),
  ]);
  if (head.exitCode !== 0) {
    throw new StackError('this is not a git repository with a commit', {
      fix: 'clone the repository; without history, deploy the whole stack',
      cause: head.stderr,
    });
  }
  const asked = new Map<string, Promise<ReadonlySet<string>>>();
  return {
    head: head.stdout,
    isShallow: shallow.stdout !== 'false',
    isAncestor: async (commit) =>
      (await git('merge-base', '--is-ancestor', commit, 'HEAD')).exitCode === 0,
    mergeBase: async (commits) => {
      const result = await git('merge-base', '--octopus', ...commits);
      return result.exitCode === 0 && result.stdout !== '' ? result.stdout : undefined;
    },
    affectedSince: (base) => {
      const answer = asked.get(base) ?? readAffected(root, base);
      asked.set(base, answer);
      return answer;
    },
  };
}

/** Nx itself says what is affected, so that the proof and the later run cannot differ. */
async function readAffected(root: string, base: string): Promise<ReadonlySet<string>> {
  const args = ['show', 'projects', '--affected', `--base=${base}`, '--json', '-t', 'deploy'];
  // NX_BASE and NX_HEAD of a runner would change the question.
  const env = { FORCE_COLOR: '0', NX_BASE: undefined, NX_HEAD: undefined };
  const ran = await execa('node_modules/.bin/nx', args, {
    cwd: root,
    reject: false,
    stdin: 'ignore',
    env,
  });
  const names = ran.exitCode === 0 ? parseNames(ran.stdout) : undefined;
  if (names !== undefined) return new Set(names);
  throw new StackError(`Nx could not say what changed since ${base}`, {
    fix: `run it by hand: nx ${args.join(' ')}`,
    cause: `${ran.stdout}\n${ran.stderr}`.trim(),
  });
}

function parseNames(output: string): string[] | undefined {
  try {
    const names: unknown = JSON.parse(output);
    return Array.isArray(names) ? names.map(String) : undefined;
  } catch {
    return undefined;
  }
}
