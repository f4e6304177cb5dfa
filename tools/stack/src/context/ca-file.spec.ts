import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { exitCodes } from '@ai-stack/core';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { refuseMissingCaFile } from './ca-file';

const root = mkdtempSync(join(tmpdir(), 'ca-file-'));
afterAll(() => rmSync(root, { recursive: true }));
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: root, stdio: 'pipe' });
const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
openssl(
  'req',
  '-x509',
  ...ec,
  '-keyout',
  'ca.key',
  '-out',
  'ca.pem',
  '-days',
  '2',
  '-subj',
  '/CN=x',
);
openssl('x509', '-in', 'ca.pem', '-outform', 'der', '-out', 'ca.der');
const pem = readFileSync(join(root, 'ca.pem'), 'utf8');
const files = {
  'empty.pem': '',
  'words.pem': 'a certificate',
  'broken.pem': pem.replace(/\n[^-]{20}/, '\n'),
  'both.pem': pem + readFileSync(join(root, 'ca.key'), 'utf8'),
  'bundle.pem': `# two of them\r\n${pem}\n${pem}`,
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
mkdirSync(join(root, 'folder'));

function refusal(caFile: string | undefined, now?: Date): unknown {
  const environment = inventoryEnvironment('prod');
  environment.ingress.caFile = caFile;
  try {
    refuseMissingCaFile({ root, environment }, now);
    return undefined;
  } catch (error) {
    return error;
  }
}

it.each([undefined, 'ca.pem', 'bundle.pem'])('takes %s', (caFile) =>
  expect(refusal(caFile)).toBeUndefined(),
);

it.each(['nothing.pem', 'folder'])('refuses %s by the key that names it', (caFile) => {
  expect(refusal(caFile)).toMatchObject({
    what: `there is no file ${caFile}`,
    where: { key: 'caFile', file: 'libs/inventory/environments/prod/ingress.yaml' },
    exitCode: exitCodes.badInput,
  });
});

it.each([
  ['empty.pem', /is not a certificate in PEM form/],
  ['words.pem', /is not a certificate in PEM form/],
  ['broken.pem', /is not a certificate in PEM form/],
  ['ca.der', /is not a certificate in PEM form/],
  ['both.pem', /holds a private key/],
])('refuses %s', (caFile, what) => {
  expect(refusal(caFile)).toMatchObject({ what: expect.stringMatching(what) });
});

it('refuses one whose time is over', () => {
  expect(refusal('ca.pem', new Date(Date.now() + 3 * 86_400_000))).toMatchObject({
    what: expect.stringMatching(/^the certificate in ca\.pem ended on 2/),
  });
});
