import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { SessionQueue } from './session-queue';

const minute = 60_000;
const hour = 60 * minute;

function queue() {
  const sessions = new SessionQueue('local', { all: 3, long: 2 });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, timeoutMs: number): Promise<string> =>
    sessions.run(name, timeoutMs, async (leftMs) => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      return `${name} had ${leftMs > timeoutMs - 1000 ? 'its time' : 'less'}`;
    });
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await sleep(1);
  };
  return { begun, start, end };
}

it('keeps sessions for short commands while long ones wait in order', async () => {
  const { begun, start, end } = queue();
  const all = ['a', 'b', 'c', 'd'].map((name) => start(name, hour));
  const short = ['s', 't'].map((name) => start(name, minute));
  expect(begun).toEqual(['a', 'b', 's']);
  await end('s');
  await end('t');
  expect(begun).toEqual(['a', 'b', 's', 't']);
  await end('b');
  await end('a');
  expect(begun.slice(4)).toEqual(['c', 'd']);
  await end('c');
  await end('d');
  expect(await Promise.all([...all, ...short])).toEqual(
    ['a', 'b', 'c', 'd', 's', 't'].map((name) => `${name} had its time`),
  );
});

it('counts the time in the queue, and says what was in the way', async () => {
  const { begun, start, end } = queue();
  const busy = ['a', 'b', 'c'].map((name) => start(name, minute));
  await expect(start('late', 50)).rejects.toThrow(
    /^host local: late could not begin within 0.05 s: the connection is busy\n {2}\| for 0 s: a\n.*: b\n.*: c$/m,
  );
  await end('a');
  expect(begun).toEqual(['a', 'b', 'c']);
  const last = start('last', minute);
  expect(begun).toContain('last');
  for (const name of ['b', 'c', 'last']) await end(name);
  await Promise.all([...busy, last]);
});

it('gives the turn on when a command fails', async () => {
  const sessions = new SessionQueue('local', { all: 1, long: 1 });
  const failing = sessions.run('bad', minute, () => Promise.reject(new Error('no')));
  const next = sessions.run('next', minute, () => Promise.resolve('ran'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('ran');
});
