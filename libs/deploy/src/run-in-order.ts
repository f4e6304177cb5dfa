import type { StackError } from '@ai-stack/core';
import { flattenErrors } from '@ai-stack/core';
import type { Outcome } from './progress';

/** One piece of work for one service on one host. */
export interface Task {
  host: string;
  service: string;
  release: string;
  /** Nothing of it runs yet: it only waits until what it needs was started, not until that is healthy. */
  isNew?: boolean;
  /** Changes something, or finds that nothing is to do. Throws StackErrors. Reports when its programs were started. */
  run: (reportStarted: () => void) => Promise<'changed' | 'unchanged'>;
}

interface Running {
  outcome: Promise<Outcome>;
  /** Its programs were started, or it ended before. */
  isStarted: Promise<void>;
}

/**
 * Runs tasks in parallel, each after those of the services it needs; a failed task stops only its dependents. Never
 * throws. A service with nothing running starts in parallel with its dependencies and becomes healthy after them:
 * programs take long to start, and nothing uses it yet.
 */
export async function runInOrder(
  tasks: readonly Task[],
  needs: Readonly<Record<string, readonly string[]>>,
  now: () => number,
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const all = new Map<Task, Running>();
  const ended = new Map<Task, Outcome>();
  const start = (task: Task): Running => {
    const earlier = all.get(task);
    if (earlier !== undefined) return earlier;
    const needed = allNeeds(task.service, needs);
    const before = tasks.filter((dependent) => dependent !== task && needed.has(dependent.service));
    let reportStarted = (): void => undefined;
    const started = new Promise<void>((resolve) => (reportStarted = resolve));
    const outcome = Promise.resolve().then(async () => {
      const waits = before.map(start);
      await Promise.all(waits.map((wait) => (task.isNew === true ? wait.isStarted : wait.outcome)));
      const failed = before.flatMap((item) => ended.get(item) ?? []).filter(isStopped);
      const result =
        failed.length > 0 ? skip(task, failed) : await runTask(task, now, reportStarted);
      ended.set(task, result);
      onOutcome(result);
      return result;
    });
    const isStarted = Promise.race([started, outcome.then(() => undefined)]);
    const running = { outcome, isStarted };
    all.set(task, running);
    return running;
  };
  return Promise.all(tasks.map((task) => start(task).outcome));
}

/** A service's needs, and theirs; never itself. */
export function allNeeds(
  service: string,
  needs: Readonly<Record<string, readonly string[]>>,
): Set<string> {
  const needed = new Set<string>();
  const queue = [...(needs[service] ?? [])];
  for (const next of queue) {
    if (needed.has(next) || next === service) continue;
    needed.add(next);
    queue.push(...(needs[next] ?? []));
  }
  return needed;
}

function isStopped(outcome: Outcome): boolean {
  return outcome.state === 'failed' || outcome.state === 'skipped';
}

function skip({ host, service, release }: Task, failed: readonly Outcome[]): Outcome {
  const names = failed.map((outcome) => `${outcome.service} on ${outcome.host}`).join(', ');
  const reason = `it needs ${names}`;
  return { host, service, release, state: 'skipped', seconds: 0, reason };
}

async function runTask(task: Task, now: () => number, reportStarted: () => void): Promise<Outcome> {
  const { host, service, release } = task;
  const begun = now();
  const seconds = (): number => Math.round((now() - begun) / 10) / 100;
  try {
    return { host, service, release, state: await task.run(reportStarted), seconds: seconds() };
  } catch (caught) {
    const error: StackError | undefined = flattenErrors(caught, { host, service })[0];
    return { host, service, release, state: 'failed', seconds: seconds(), error };
  }
}
