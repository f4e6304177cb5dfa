import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput, Secret, type Environment } from '@ai-stack/core';
import { parseEnv } from './env-file';

/**
 * The values that the operator gives: the environment's secretsFile, and over it every variable that is set. A missing
 * file is not an error, because variables are enough. Throws a StackError for a file that others can read.
 */
export async function readProvided(
  root: string,
  environment: { name: string; settings: Pick<Environment['settings'], 'secretsFile'> },
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Map<string, Secret>> {
  const { secretsFile } = environment.settings;
  const fromFile = secretsFile === undefined ? [] : await readPrivate(root, secretsFile);
  const set = Object.entries(variables).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[key, value]],
  );
  return new Map([...fromFile, ...set].map(([key, value]) => [key, new Secret(value)]));
}

async function readPrivate(root: string, path: string): Promise<Iterable<[string, string]>> {
  const file = await open(join(root, path)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badInput(`the secrets file cannot be read`, { where: { file: path }, cause: error });
  });
  if (file === undefined) return [];
  try {
    // Asked of the open file, so that it is the one that is read.
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      throw badInput('others can read the secrets file', {
        where: { file: path },
        fix: `chmod 600 ${path}`,
      });
    }
    return parseEnv(await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
}
