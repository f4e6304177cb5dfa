import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readProvided } from './read-provided';

describe('readProvided', () => {
  let root = '';
  const environment = { name: 'lab', settings: { secretsFile: 'secrets.env' } };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'provided-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const write = (text: string) => writeFileSync(join(root, 'secrets.env'), text, { mode: 0o600 });

  it('lets a set variable win over the file', async () => {
    write("A='file'\nB='file'\n");
    const found = await readProvided(root, environment, { B: 'set', C: '', D: undefined });
    expect([...found].map(([key, value]) => [key, value.reveal()])).toEqual([
      ['A', 'file'],
      ['B', 'set'],
    ]);
  });

  it('does without a file', async () => {
    expect((await readProvided(root, environment, { A: 'x' })).size).toBe(1);
    expect((await readProvided(root, { name: 'lab', settings: {} }, {})).size).toBe(0);
  });

  it.each([0o640, 0o604])('refuses mode %o', async (mode) => {
    write('A=x');
    chmodSync(join(root, 'secrets.env'), mode);
    await expect(readProvided(root, environment, {})).rejects.toThrow('chmod 600 secrets.env');
  });

  it('names file and line of a mistake', async () => {
    write('A=x\nhidden');
    await expect(readProvided(root, environment, {})).rejects.toThrow('secrets.env:2: not a line');
  });
});
