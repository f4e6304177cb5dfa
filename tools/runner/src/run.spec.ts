import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runPart } from './long-run';
import { Run } from './run';

let results: string;
let output: string[];
let run: Run;
beforeEach(() => {
  results = mkdtempSync(join(tmpdir(), 'run-'));
  output = [];
  run = new Run(results, (text) => void output.push(text));
});
afterEach(() => rmSync(results, { recursive: true }));

const result = (name: string) => {
  const file = join(results, `${name}.check`);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};

describe('Run', () => {
  it('notes how each check ended', async () => {
    expect(await run.check({ name: 'good', command: ['true'] })).toBe(true);
    expect(await run.check({ name: 'bad', command: ['false'] })).toBe(false);
    expect(run.pass('known', 'by a run on the same files')).toBe(true);
    expect(run.fail('broken', new Error('no room'))).toBe(false);
    expect(['good', 'bad', 'known', 'broken'].map(result)).toEqual([
      ...['passed', 'failed', 'passed', 'failed'],
    ]);
    expect(output.join('')).toMatch(/broken: FAILED: no room/);
  });

  it('notes each spec of a suite that cannot run, and why', () => {
    run.skip('e2e-whole', ['whole/stack', 'whole/load'], 'there is no vllm (no AVX2)');
    expect(['e2e-whole whole stack', 'e2e-whole whole load'].map(result)).toEqual([
      ...['skipped', 'skipped'],
    ]);
    expect(run.skippedSuites).toEqual(['e2e-whole']);
    expect(output.join('')).toBe('[test] e2e-whole: SKIPPED: there is no vllm (no AVX2)\n');
  });

  it('does what it owes once, whoever asks for it', async () => {
    const file = join(results, 'log');
    run.owe({ name: 'wipe', command: ['bash', '-c', `echo x >>${file}`] });
    await Promise.all([run.undo('wipe'), run.undoAll(), run.undo('other')]);
    await run.undoAll();
    expect(readFileSync(file, 'utf8')).toBe('x\n');
    expect(result('wipe')).toBe('passed');
  });

  it('when stopped ends what runs, starts nothing more, and does what it owes', async () => {
    const file = join(results, 'log');
    run.owe({ name: 'wipe', command: ['touch', file] });
    const long = run.check({ name: 'long', command: ['sleep', '60'] });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await run.stop();
    expect(await long).toBe(false);
    expect(existsSync(file)).toBe(true);
    expect(await run.check({ name: 'later', command: ['touch', `${file}2`] })).toBe(false);
    expect(existsSync(`${file}2`)).toBe(false);
  });
});

describe('runPart', () => {
  it('counts a part that does not run as failed', async () => {
    await runPart(run, 'no-such-part');
    expect(result('no-such-part')).toBe('failed');
  });
});
