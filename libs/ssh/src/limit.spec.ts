import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { openGate, openPatientGate } from './limit';

describe('openGate', () => {
  it('lets so many run at once and gives back results and errors', async () => {
    const gate = openGate(3);
    let running = 0;
    let most = 0;
    const task = async (number: number): Promise<number> => {
      most = Math.max(most, (running += 1));
      await sleep(5);
      running -= 1;
      if (number === 4) throw new Error('four');
      return number;
    };
    const tasks = Array.from({ length: 10 }, (_, number) => gate(() => task(number)));
    const results = await Promise.allSettled(tasks);
    expect(most).toBe(3);
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(1);
    expect(results[9]).toEqual({ status: 'fulfilled', value: 9 });
  });
});

it('a patient gate passes over those that only wait for a host', async () => {
  const gate = openPatientGate(2, 20);
  const begun: number[] = [];
  let end = (): void => undefined;
  const silent = new Promise<void>((resolve) => (end = resolve));
  const all = [0, 1, 2, 3, 4].map((at) =>
    gate(async () => {
      begun.push(at);
      await (at < 4 ? silent : undefined);
      return at;
    }),
  );
  expect(begun).toEqual([0, 1]);
  expect(await all[4]).toBe(4);
  end();
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4]);
});
