import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { exitCodes } from '@ai-stack/core';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { refuseTrackedSecrets } from './secrets-file';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'secrets-file-'));
  writeFileSync(join(root, 'mine.env'), 'A=1\n');
});
afterEach(() => rmSync(root, { recursive: true }));
const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args]);

function refuse(secretsFile: string | undefined): Promise<void> {
  const environment = inventoryEnvironment('prod');
  environment.settings.secretsFile = secretsFile;
  return refuseTrackedSecrets({ root, environment });
}

it.each([
  ['that git would take', () => undefined, /would take .*\/mine\.env to \.gitignore/s],
  [
    'that git has',
    () => git('add', 'mine.env'),
    /has the secrets file.*git rm --cached mine\.env/s,
  ],
  [
    'that git has, ignored since',
    () => {
      git('add', 'mine.env');
      writeFileSync(join(root, '.gitignore'), 'mine.env\n');
    },
    /has the secrets file/,
  ],
])('refuses a file %s', async (_what, prepare, message) => {
  git('init', '-q');
  prepare();
  await expect(refuse('mine.env')).rejects.toThrow(message);
  await expect(refuse('mine.env')).rejects.toMatchObject({ exitCode: exitCodes.badInput });
});

it('takes an ignored one, none, one that is not there, and any outside of a repository', async () => {
  await refuse('mine.env');
  git('init', '-q');
  writeFileSync(join(root, '.gitignore'), '*.env\n');
  await refuse('mine.env');
  await refuse(undefined);
  await refuse('nothing');
});
