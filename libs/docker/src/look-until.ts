import { setTimeout as sleep } from 'node:timers/promises';

interface LookOptions {
  /** Ends a pause early; what then happens is up to the next look. */
  signal?: AbortSignal;
  /** Calls back at what may change a look, and so ends a pause early; it may be lost, and then the pause ends itself. */
  watch?: (onEvent: () => void, signal: AbortSignal) => Promise<void>;
}

/** Looks again and again until a look has a result; each that has none says for how long to pause, in milliseconds. */
export async function lookUntil<Result>(
  look: () => Promise<{ result: Result } | { pauseMs: number }>,
  { signal, watch }: LookOptions,
): Promise<Result> {
  const over = new AbortController();
  const ends = AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])]);
  let wake = (): void => undefined;
  watch?.(() => wake(), ends).catch(() => undefined);
  try {
    for (;;) {
      const event = new Promise<void>((resolve) => (wake = resolve));
      const sight = await look();
      if ('result' in sight) return sight.result;
      await pause(event, sight.pauseMs, ends);
    }
  } finally {
    over.abort();
  }
}

async function pause(event: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const either = AbortSignal.any([signal, woken.signal]);
  await Promise.race([event, sleep(ms, undefined, { signal: either }).catch(() => undefined)]);
  woken.abort();
}
