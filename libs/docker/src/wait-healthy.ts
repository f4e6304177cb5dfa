import { StackError } from '@ai-stack/core';
import { judge, type FirstSight, type Progress, type Wanted } from './container-progress';
import type { Engine } from './engine';
import type { ContainerFact } from './facts';
import { lookUntil } from './look-until';

interface WaitOptions {
  /** When to give up, in milliseconds of `now`. */
  deadline: number;
  /** Called when the state of some container changed. */
  onProgress: (progress: readonly Progress[]) => void;
  signal: AbortSignal;
  now?: () => number;
  /** How long a container without a health check must run without a restart. */
  settleMs?: number;
  /** Ids of containers that are about to go, and do not count. */
  leaving?: ReadonlySet<string>;
}

type Asked = Pick<Engine, 'host' | 'inspectProject' | 'watch' | 'logs' | 'healthLog'>;

const pollMs = 1000;
const settlePollMs = 250;
const defaultSettleMs = 1500;

/**
 * Waits until every wanted container is healthy, or runs where it has no check. Call it when Compose has started them.
 * Throws a StackError with the last log lines as soon as one exits, restarts or becomes unhealthy, or at the deadline.
 */
export async function waitHealthy(
  engine: Asked,
  project: string,
  containers: readonly Wanted[],
  options: WaitOptions,
): Promise<void> {
  const now = options.now ?? Date.now;
  const started = now();
  const sights = new Map<string, FirstSight>();
  let shown = '';
  const look = async () => {
    const all = await engine.inspectProject(project);
    const facts = all.filter(({ id }) => options.leaving?.has(id) !== true);
    const settleMs = options.settleMs ?? defaultSettleMs;
    const progress = containers.map((one) => judge(one, facts, sights, now(), settleMs));
    const text = JSON.stringify(progress);
    if (text !== shown) options.onProgress(progress);
    shown = text;
    const late = progress.filter((one) => one.state !== 'ready');
    if (late.length === 0) return { result: undefined };
    const bad = progress.filter((one) => one.state === 'failed');
    if (bad.length > 0) throw await explain(engine, project, facts, bad, '');
    if (now() >= options.deadline) {
      const seconds = Math.round((now() - started) / 1000);
      throw await explain(engine, project, facts, late, ` after ${seconds} s`);
    }
    if (options.signal.aborted) {
      const where = { host: engine.host };
      throw new StackError(`waiting for ${project} was interrupted`, { where });
    }
    return { pauseMs: late.every((one) => one.state === 'settling') ? settlePollMs : pollMs };
  };
  // Polling finds what a lost event stream does not tell.
  await lookUntil(look, {
    signal: options.signal,
    watch: (onEvent, signal) => engine.watch(project, onEvent, signal),
  });
}

async function explain(
  engine: Asked,
  project: string,
  facts: readonly ContainerFact[],
  bad: readonly Progress[],
  when: string,
): Promise<StackError> {
  const parts = await Promise.all(
    bad.map(async ({ container, detail }) => {
      const fact = facts.find((one) => one.service === container);
      const lines = fact === undefined ? [] : await lastWords(engine, fact.id);
      return [`${container} is not ready${when}: ${detail}`, ...lines].join('\n');
    }),
  );
  const names = bad.map((one) => one.container).join(' ');
  return new StackError(parts.join('\n'), {
    where: { host: engine.host },
    fix: `docker compose -p ${project} logs --tail 200 ${names} on the host shows more`,
  });
}

async function lastWords(engine: Asked, id: string): Promise<string[]> {
  const [logs, health] = await Promise.all([
    engine.logs(id, 20).catch(() => []),
    engine.healthLog(id).catch(() => []),
  ]);
  const checks = health.slice(-3).map((line) => `  health check: ${line}`);
  return [...logs.slice(-20).map((line) => `  | ${line}`), ...checks];
}
