import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { endSteps, runStep, type Step } from './step';

jest.setTimeout(60_000);

let results: string;
beforeAll(() => {
  results = mkdtempSync(join(tmpdir(), 'step-'));
});
afterAll(() => rmSync(results, { recursive: true }));

async function ran(step: Omit<Step, 'name'>) {
  const output: string[] = [];
  const write = (text: string) => void output.push(text);
  const ended = await runStep({ name: 'one', ...step }, { results, write });
  return { ended, output };
}
const bash = (script: string) => ['bash', '-c', script];

describe('runStep', () => {
  it('says in one block what a failed check said, on both of its outputs, with its name', async () => {
    const { ended, output } = await ran({ command: bash('echo out; echo err >&2; exit 3') });
    expect(ended).toMatchObject({ name: 'one', code: 3 });
    expect(output).toHaveLength(2);
    expect(output[0]).toBe('[test] one\n');
    expect(output[1]).toMatch(
      /^\[test\] what one said:\n(?:out\nerr|err\nout)\n\[test\] one: FAILED/,
    );
    expect(output[1]).toMatch(/FAILED \(exit code 3\) after \d+\.\d s\n$/);
  });

  it('says of a silent one only how it ended', async () => {
    const { output } = await ran({ command: ['true'] });
    expect(output[1]).toMatch(/^\[test\] one: passed after \d+\.\d s\n$/);
  });

  it('says of a live one each line with its name, the last without an end of line, too', async () => {
    const { output } = await ran({ command: bash('echo a; sleep 0.1; printf b'), isLive: true });
    expect(output.slice(1, -1)).toEqual(['one | a\n']);
    expect(output.at(-1)).toMatch(/^one \| b\n\[test\] one: passed/);
  });

  it('fails on a program that is missing', async () => {
    expect((await ran({ command: ['no-such-program'] })).ended.code).toBe(127);
  });

  it('counts the processor time of what a program starts', async () => {
    const spin = 'x=0; while [ $x -lt 300000 ]; do x=$((x + 1)); done';
    const { ended } = await ran({ command: bash(`bash -c '${spin}'; true`) });
    expect(ended.cpuSeconds).toBeGreaterThan(0.05);
    expect((await ran({ command: bash('sleep 0.3') })).ended.cpuSeconds).toBeLessThan(0.2);
  });

  it('does not wait for what runs in the background, as the programs of a lab do', async () => {
    const { ended } = await ran({ command: bash('setsid sleep 5 & true') });
    expect(ended.seconds).toBeLessThan(4);
  });
});

describe('endSteps', () => {
  it('ends a step with all that it started, also one that does not want to', async () => {
    const file = join(results, 'pids');
    const stubborn = `trap '' TERM; echo $$ >>${file}; while :; do sleep 0.1; done`;
    const running = ran({ command: bash(`bash -c "${stubborn}" & echo $$ >>${file}; wait`) });
    while (pidsIn(file).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await endSteps(0.5);
    expect((await running).ended.code).not.toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(pidsIn(file).filter(isRunning)).toEqual([]);
  });
});

function pidsIn(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
