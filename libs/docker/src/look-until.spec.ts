import { describe, expect, it } from '@jest/globals';
import { lookUntil } from './look-until';

const hourMs = 3_600_000;

describe('lookUntil', () => {
  it('looks until there is a result', async () => {
    let looks = 0;
    const look = async () => ((looks += 1) < 3 ? { pauseMs: 1 } : { result: looks });
    expect(await lookUntil(look, {})).toBe(3);
  });

  it('ends a pause at an event, and the watch with the result', async () => {
    let ended = false;
    const watch = async (onEvent: () => void, signal: AbortSignal) => {
      signal.addEventListener('abort', () => (ended = true));
      setTimeout(onEvent, 5);
    };
    let looks = 0;
    const look = async () => ((looks += 1) < 2 ? { pauseMs: hourMs } : { result: 'seen' });
    expect(await lookUntil(look, { watch })).toBe('seen');
    expect(ended).toBe(true);
  });

  it('continues when the watch is lost', async () => {
    let looks = 0;
    const look = async () => ((looks += 1) < 2 ? { pauseMs: 1 } : { result: looks });
    expect(await lookUntil(look, { watch: () => Promise.reject(new Error('lost')) })).toBe(2);
  });

  it('ends a pause when it is interrupted: the look then decides', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 5);
    const look = async () => {
      stop.signal.throwIfAborted();
      return { pauseMs: hourMs };
    };
    await expect(lookUntil(look, { signal: stop.signal })).rejects.toThrow('stopped');
  });
});
