import { setTimeout as sleep } from 'node:timers/promises';

type Gate = <Result>(task: () => Promise<Result>) => Promise<Result>;

/**
 * The same for tasks that keep the machine busy for a moment: one that takes longer than `patienceMs` only waits for
 * another machine, and leaves its place to the next.
 */
export function openPatientGate(size: number, patienceMs: number): Gate {
  const gate = openGate(size);
  return async <Result>(task: () => Promise<Result>): Promise<Result> => {
    let result: Promise<Result> | undefined;
    const enough = new AbortController();
    await gate(async () => {
      result = task();
      const late = sleep(patienceMs, undefined, { signal: enough.signal }).catch(() => undefined);
      await Promise.race([result.catch(() => undefined), late]);
      enough.abort();
    });
    return result as Promise<Result>;
  };
}

/** A gate that lets at most `size` tasks run at once; the others wait in order. */
export function openGate(size: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (task) => {
    if (running < size) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
