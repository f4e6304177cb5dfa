import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { badInput } from '@ai-stack/core';
import { nearest } from './nearest';

export const environmentsDirectory = 'libs/inventory/environments';
const defaultEnvironment = 'lab';

/** The workspace of `from`: the nearest directory upwards with nx.json. Throws a StackError without one. */
export function workspaceRoot(from: string = process.cwd()): string {
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'nx.json'))) return directory;
    if (directory === dirname(directory)) {
      throw badInput(`${from} is not in a workspace: no directory above it has nx.json`, {
        fix: 'run this inside the cloned repository',
      });
    }
  }
}

/** The environments of a workspace: the directories of the inventory, sorted. */
export function environmentNames(root: string): string[] {
  const directory = join(root, environmentsDirectory);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

interface EnvironmentChoice {
  /** Nx's configuration, or the flag --environment. */
  configuration?: string;
  variables: Record<string, string | undefined>;
}

/** The configuration, else STACK_ENV, else lab. Throws a StackError for an unknown one, never falls back. */
export function resolveEnvironmentName(
  { configuration, variables }: EnvironmentChoice,
  names: readonly string[],
): string {
  const given = [configuration, variables['STACK_ENV']].find(
    (name) => name !== undefined && name !== '',
  );
  const name = given ?? defaultEnvironment;
  if (names.includes(name)) return name;
  const source =
    name === configuration ? '' : given === undefined ? ' (the default)' : ' (STACK_ENV)';
  const near = nearest(name, names);
  throw badInput(`there is no environment ${JSON.stringify(name)}${source}`, {
    fix:
      (near === undefined ? '' : `did you mean ${near}? `) +
      `use one of ${names.join(', ') || `the directories of ${environmentsDirectory}, which has none`}`,
  });
}
