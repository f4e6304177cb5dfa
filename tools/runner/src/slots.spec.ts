import { describe, expect, it } from '@jest/globals';
import { Slots } from './slots';

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('Slots', () => {
  it('runs as many at once as there are, and the one that wants all alone', async () => {
    const slots = new Slots(2);
    const seen: string[] = [];
    const ends = new Map<string, () => void>();
    const job = (name: string) => () => {
      seen.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    };
    const all = [
      slots.run(1, job('a')),
      slots.run(1, job('b')),
      slots.run(1, job('c')),
      slots.run(9, job('all')),
    ];
    await tick();
    expect(seen).toEqual(['a', 'b']);
    ends.get('a')?.();
    await tick();
    expect(seen).toEqual(['a', 'b', 'c']);
    ends.get('b')?.();
    await tick();
    expect(seen).toEqual(['a', 'b', 'c']);
    ends.get('c')?.();
    await tick();
    expect(seen).toEqual(['a', 'b', 'c', 'all']);
    ends.get('all')?.();
    await Promise.all(all);
  });

  it('gives its place back when a job throws', async () => {
    const slots = new Slots(1);
    await expect(slots.run(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await slots.run(1, async () => 'yes')).toBe('yes');
  });
});
