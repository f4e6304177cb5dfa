import { describe, expect, it } from '@jest/globals';
import { PullCount } from './pull-progress';

describe('PullCount', () => {
  it('adds up layers and does not count the unpacking', () => {
    const count = new PullCount('a:1.0.0');
    const down = (id: string, current: number, total: number) =>
      count.add({ status: 'Downloading', id, progressDetail: { current, total } });
    down('a', 10, 100);
    down('b', 50, 50);
    expect(count.progress).toEqual({
      image: 'a:1.0.0',
      done: 60,
      total: 150,
      unpacked: 0,
      layers: 2,
    });
    count.add({ status: 'Extracting', id: 'b', progressDetail: { current: 1, total: 50 } });
    count.add({ status: 'Already exists', id: 'c' });
    count.add({ status: 'Download complete', id: 'a' });
    count.add({ status: 'Pull complete', id: 'b' });
    const unpacked = { unpacked: 1, layers: 2 };
    expect(count.progress).toEqual({ image: 'a:1.0.0', done: 150, total: 150, ...unpacked });
  });

  it('requires the final status', () => {
    const count = new PullCount('a:1.0.0');
    expect(count.failure).toContain('without a final status');
    count.add({ status: 'Status: Image is up to date for a:1.0.0' });
    expect(count.failure).toBeUndefined();
    count.add({ error: 'no space left on device' });
    expect(count.failure).toBe('no space left on device');
  });
});
