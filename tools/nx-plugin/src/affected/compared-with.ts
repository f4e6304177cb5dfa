import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { kindOf, parseContent, type InventoryTree } from './inventory-tree';

type Variables = Record<string, string | undefined>;

/**
 * The revision with which this command line of Nx compares the work tree, before Nx takes the merge base with HEAD;
 * undefined when it compares nothing, or in a way that is not base against work tree. Follows Nx 23's own reading of
 * --base, NX_BASE and defaultBase.
 */
export function comparedWith(
  argv: readonly string[],
  variables: Variables,
  defaultBase: string,
): { base: string; head: string } | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    options: {
      base: { type: 'string' },
      head: { type: 'string' },
      files: { type: 'string' },
      affected: { type: 'boolean' },
      uncommitted: { type: 'boolean' },
      untracked: { type: 'boolean' },
      all: { type: 'boolean' },
    },
  });
  if (positionals[0] !== 'affected' && values['affected'] !== true) return undefined;
  const isOther = ['files', 'uncommitted', 'untracked', 'all'].some((flag) => flag in values);
  if (isOther) return undefined;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    base: text(values['base']) ?? text(variables['NX_BASE']) ?? defaultBase,
    head: text(values['head']) ?? text(variables['NX_HEAD']) ?? 'HEAD',
  };
}

/**
 * The inventory as it stood at a base: what git calls changed is read from there, the rest is as now. Undefined when it
 * cannot be known (no repository, unknown revision, another head than the work tree's): then nothing may be narrowed.
 */
export function readTreeAt(
  root: string,
  { base, head }: { base: string; head: string },
  now: InventoryTree,
): InventoryTree | undefined {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    const commit = (name: string) => git('rev-parse', '--verify', '--end-of-options', name).trim();
    if (commit(head) !== commit('HEAD')) return undefined;
    const from = mergeBase(git, base);
    const changed = git('diff', '--name-status', '--no-renames', '-z', from, '--', 'libs', 'apps');
    const untracked = git('ls-files', '-z', '--others', '--', 'libs', 'apps');
    return rewind(now, changedFiles(changed), untracked.split('\0'), (file) =>
      git('show', `${from}:${file}`),
    );
  } catch {
    return undefined;
  }
}

/** Nx falls back to the base itself where there is no merge base, as with a tree. */
function mergeBase(git: (...args: string[]) => string, base: string): string {
  try {
    return git('merge-base', base, 'HEAD').trim();
  } catch {
    return git('rev-parse', '--verify', '--end-of-options', `${base}^{tree}`).trim();
  }
}

function changedFiles(output: string): { status: string; file: string }[] {
  const words = output.split('\0');
  return words.flatMap((status, at) => {
    const file = words[at + 1];
    return at % 2 === 0 && file !== undefined && kindOf(file) !== undefined
      ? [{ status, file }]
      : [];
  });
}

function rewind(
  now: InventoryTree,
  changed: readonly { status: string; file: string }[],
  untracked: readonly string[],
  show: (file: string) => string,
): InventoryTree {
  const then = new Map(now);
  for (const file of untracked) then.delete(file);
  for (const { status, file } of changed) {
    if (status === 'A') then.delete(file);
    else then.set(file, parseContent(show(file)));
  }
  return then;
}
