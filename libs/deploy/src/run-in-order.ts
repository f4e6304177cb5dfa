import type { StackError } from '@ai-stack/core';
import { flattenErrors } from '@ai-stack/core';
import type { Outcome } from './progress';

/** One piece of work for one service on one host. */
export interface Task {
  host: string;
  service: string;
  release: string;
  /** Changes something, or finds that nothing is to do. Throws StackErrors. */
  run: () => Promise<'changed' | 'unchanged'>;
}

/** Runs tasks side by side, each behind all those of the services it needs; one that failed stops its dependents
 *  alone. Never throws. */
export async function runInOrder(
  tasks: readonly Task[],
  needs: Readonly<Record<string, readonly string[]>>,
  now: () => number,
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const started = new Map<Task, Promise<Outcome>>();
  const start = (task: Task): Promise<Outcome> => {
    const known = started.get(task);
    if (known !== undefined) return known;
    const needed = allNeeds(task.service, needs);
    const before = tasks.filter((other) => other !== task && needed.has(other.service));
    const outcome = Promise.resolve().then(async () => {
      const failed = (await Promise.all(before.map(start))).filter(isStopped);
      const result = failed.length > 0 ? skip(task, failed) : await runTask(task, now);
      onOutcome(result);
      return result;
    });
    started.set(task, outcome);
    return outcome;
  };
  return Promise.all(tasks.map(start));
}

/** A service's needs, and theirs; never itself. */
export function allNeeds(
  service: string,
  needs: Readonly<Record<string, readonly string[]>>,
): Set<string> {
  const found = new Set<string>();
  const queue = [...(needs[service] ?? [])];
  for (const next of queue) {
    if (found.has(next) || next === service) continue;
    found.add(next);
    queue.push(...(needs[next] ?? []));
  }
  return found;
}

function isStopped(outcome: Outcome): boolean {
  return outcome.state === 'failed' || outcome.state === 'skipped';
}

function skip({ host, service, release }: Task, failed: readonly Outcome[]): Outcome {
  const names = failed.map((one) => `${one.service} on ${one.host}`).join(', ');
  const reason = `it needs ${names}`;
  return { host, service, release, state: 'skipped', seconds: 0, reason };
}

async function runTask(task: Task, now: () => number): Promise<Outcome> {
  const { host, service, release } = task;
  const begun = now();
  const seconds = (): number => Math.round((now() - begun) / 10) / 100;
  try {
    return { host, service, release, state: await task.run(), seconds: seconds() };
  } catch (caught) {
    const error: StackError | undefined = flattenErrors(caught, { host, service })[0];
    return { host, service, release, state: 'failed', seconds: seconds(), error };
  }
}
