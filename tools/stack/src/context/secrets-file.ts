import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '@ai-stack/core';
import { execa } from 'execa';
import type { Stack } from './stack';

/**
 * Refuses a secrets file that the next commit would take along, or that one has already. Outside of a repository there
 * is nothing to fear.
 */
export async function refuseTrackedSecrets({
  root,
  environment,
}: Pick<Stack, 'root' | 'environment'>): Promise<void> {
  const { secretsFile } = environment.settings;
  if (secretsFile === undefined || !existsSync(join(root, secretsFile))) return;
  const git = (...args: string[]) =>
    execa('git', ['-C', root, ...args, '--', secretsFile], { reject: false, stdin: 'ignore' });
  const ignored = await git('check-ignore', '-q');
  if (ignored.exitCode !== 1) return;
  const isTracked = (await git('ls-files', '--error-unmatch')).exitCode === 0;
  throw badInput(`git ${isTracked ? 'has' : 'would take'} the secrets file`, {
    where: { environment: environment.name, file: secretsFile },
    fix: isTracked
      ? `git rm --cached ${secretsFile}, add it to .gitignore, and change every secret in it: whoever has the history has them`
      : `add the line /${secretsFile} to .gitignore`,
  });
}
