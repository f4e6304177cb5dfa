import { describe, expect, it } from '@jest/globals';
import { exitCodes } from '@ai-stack/core';
import type { Call } from '../context/call';
import { actionOf, type Command } from './command';

/** How a command ended, and what it wrote until then. */
async function run<Result>(command: Command<'plan', Result>, json = false) {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const terminal = { out: write, err: write, errRaw: write, colour: false, interactive: false };
  const call = {
    ...{ root: '', environment: 'lab', variables: {}, services: [], hosts: [], verbose: false },
    ...{ json, terminal: { ...terminal, size: () => ({ columns: 100, rows: 24 }) } },
  } satisfies Call;
  const ended = await actionOf(command)(call, { showKept: true }).catch((error: unknown) => error);
  return { ended, written };
}

const work = () => Promise.resolve({ count: 2 });

describe('actionOf', () => {
  it('prints the result as text, or as JSON when that was asked for', async () => {
    const command: Command<'plan', { count: number }> = {
      work,
      text: ({ count }, { flags }) => `${count} ${String(flags.showKept)}`,
    };
    expect(await run(command)).toEqual({ ended: exitCodes.done, written: ['2 true'] });
    expect((await run(command, true)).written).toEqual(['{\n  "count": 2\n}']);
    const variant = { ...command, json: ({ count }: { count: number }) => [count] };
    expect((await run(variant, true)).written).toEqual(['[\n  2\n]']);
  });

  it.each<[string, Command<'plan', unknown>, boolean]>([
    ['without a text', { work }, true],
    ['without a result', { work: () => Promise.resolve(undefined), text: () => 'x' }, true],
    ['when there is nothing more to say', { work, text: () => undefined }, false],
  ])('prints nothing %s', async (_, command, json) => {
    expect(await run(command, json)).toEqual({ ended: exitCodes.done, written: [] });
    expect((await run(command)).written).toEqual([]);
  });

  it('has shown the result when the command fails by it', async () => {
    const text = () => 'shown';
    const failed = await run({ work, text, end: () => exitCodes.failed });
    expect(failed).toEqual({ ended: exitCodes.failed, written: ['shown'] });
    const error = new Error('a host does not answer');
    const end = () => {
      throw error;
    };
    expect(await run({ work, text, end })).toEqual({ ended: error, written: ['shown'] });
  });

  it('shows nothing of work that failed', async () => {
    const error = new Error('bad input');
    const command = { work: () => Promise.reject(error), text: () => 'shown' };
    expect(await run(command)).toEqual({ ended: error, written: [] });
  });
});
