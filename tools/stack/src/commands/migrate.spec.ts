import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readOpenKeys } from '@ai-stack/inventory';
import { runbookWorkspace } from '@ai-stack/testing/runbook';
import type { Terminal } from '../terminal/terminal';
import { actionOf } from '../frame/command';
import { migrate as command } from './migrate';

let root = '';
beforeEach(() => {
  root = runbookWorkspace();
});
afterEach(() => rmSync(root, { recursive: true }));

async function migrate(flags: { write?: boolean }, json = false): Promise<string> {
  let written = '';
  const terminal: Terminal = {
    ...{ out: (text) => void (written += text), err: () => undefined, errRaw: () => undefined },
    ...{ colour: false, interactive: false, size: () => ({ columns: 100, rows: 24 }) },
  };
  const none = { variables: {}, services: [], hosts: [], verbose: false };
  await actionOf(command)({ ...none, root, environment: 'prod', json, terminal }, flags);
  return written;
}
const open = () => readOpenKeys(root, 'prod').length;

describe('migrate', () => {
  it('shows the difference and changes nothing', async () => {
    const text = await migrate({});
    expect(text).toContain('-entrypoint: TODO\n');
    expect(text).toContain(
      'sso.yaml: applications.litellm needs no answer: left out it is the name of the service',
    );
    expect(text).toMatch(/accept with npx nx run stack:migrate:prod --write$/);
    expect(open()).toBe(14);
  });

  it('writes it, after which 6 of the 14 open keys are left and nothing is to be done', async () => {
    expect(await migrate({ write: true })).toMatch(/5 files written; npx nx run stack:plan:prod/);
    expect(open()).toBe(6);
    expect(await migrate({ write: true })).toBe('prod has nothing to migrate');
  });

  it('says the same as JSON', async () => {
    const { version, environment, files, written } = JSON.parse(await migrate({}, true)) as {
      version: number;
      environment: string;
      files: { file: string; changes: string[]; diff: string }[];
      written: boolean;
    };
    expect([version, environment, written]).toEqual([1, 'prod', false]);
    expect(files.flatMap(({ changes }) => changes)).toHaveLength(8);
    expect(files.every(({ diff }) => diff.startsWith('--- a/libs/inventory'))).toBe(true);
  });
});
