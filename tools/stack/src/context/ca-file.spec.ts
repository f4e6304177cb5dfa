import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { exitCodes } from '@ai-stack/core';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { refuseMissingCaFile } from './ca-file';

const root = mkdtempSync(join(tmpdir(), 'ca-file-'));
afterAll(() => rmSync(root, { recursive: true }));
writeFileSync(join(root, 'ca.pem'), '');
mkdirSync(join(root, 'folder'));

function refusal(caFile: string | undefined): unknown {
  const environment = inventoryEnvironment('prod');
  environment.ingress.caFile = caFile;
  try {
    refuseMissingCaFile({ root, environment });
    return undefined;
  } catch (error) {
    return error;
  }
}

it.each([undefined, 'ca.pem'])('takes %s', (caFile) => expect(refusal(caFile)).toBeUndefined());

it.each(['nothing.pem', 'folder'])('refuses %s by the key that names it', (caFile) => {
  expect(refusal(caFile)).toMatchObject({
    what: `there is no file ${caFile}`,
    where: { key: 'caFile', file: 'libs/inventory/environments/prod/ingress.yaml' },
    exitCode: exitCodes.badInput,
  });
});
