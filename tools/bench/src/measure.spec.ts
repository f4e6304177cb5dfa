import { describe, expect, it } from '@jest/globals';
import { measure, median } from './measure';

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('of %j is %d', (values, wanted) => expect(median(values)).toBe(wanted));
});

describe('measure', () => {
  it('counts the processor time of what a command starts, and its own memory', async () => {
    // By the processor's clock: next to other work 0.3 s of the wall are less.
    const burn = 'while (process.cpuUsage().user < 300_000);';
    const { seconds, cpuSeconds, memoryMiB } = await measure(['node', '-e', burn]);
    expect(seconds).toBeGreaterThan(0.3);
    expect(cpuSeconds).toBeGreaterThan(0.2);
    expect(memoryMiB).toBeGreaterThan(20);
  });
  it('takes no failure for a measurement', async () => {
    await expect(measure(['sh', '-c', 'echo broken; exit 3'])).rejects.toThrow(
      /ended with 3\nbroken/,
    );
  });
});
