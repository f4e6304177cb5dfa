import { StackError } from '@ai-stack/core';
import { evaluateHealth, type FirstSight, type Progress, type Wanted } from './container-progress';
import type { Engine } from './engine';
import type { ContainerFact } from './facts';
import { evaluateLongStart, type StartLook, type StartMemory } from './long-start';
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

type Asked = Pick<Engine, 'host' | 'inspectProject' | 'watch' | 'logs' | 'healthLog' | 'usage'>;

const pollMs = 1000;
const longPollMs = 5000;
const settlePollMs = 250;
const defaultSettleMs = 1500;

/**
 * Waits until every wanted container is healthy, or runs where it has no check. Call it when Compose has started them.
 * Throws a StackError with the last log lines as soon as one exits, restarts or becomes unhealthy, or at the deadline. One
 * whose start may take long is waited for beyond that, up to its limit, as long as it makes progress.
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
  const starts = new LongStarts(engine, containers, started);
  let shown = '';
  const look = async () => {
    const all = await engine.inspectProject(project);
    const facts = all.filter(({ id }) => options.leaving?.has(id) !== true);
    const settleMs = options.settleMs ?? defaultSettleMs;
    const progress = await Promise.all(
      containers.map((container) =>
        starts.excuse(evaluateHealth(container, facts, sights, now(), settleMs), facts, {
          at: now(),
          isLate: now() >= options.deadline,
        }),
      ),
    );
    const text = JSON.stringify(progress);
    if (text !== shown) options.onProgress(progress);
    shown = text;
    const late = progress.filter((candidate) => candidate.state !== 'ready');
    if (late.length === 0) return { result: undefined };
    const bad = progress.filter((candidate) => candidate.state === 'failed');
    const after = ` after ${Math.round((now() - started) / 1000)} s`;
    if (bad.length > 0) {
      throw await explain(engine, project, facts, bad, starts.isEmpty ? '' : after);
    }
    const tooLate = late.filter(({ state }) => state !== 'long');
    if (now() >= options.deadline && tooLate.length > 0) {
      throw await explain(engine, project, facts, tooLate, after);
    }
    if (options.signal.aborted) {
      const where = { host: engine.host };
      throw new StackError(`waiting for ${project} was interrupted`, { where });
    }
    const isAll = (state: Progress['state']) => late.every((entry) => entry.state === state);
    return { pauseMs: isAll('settling') ? settlePollMs : isAll('long') ? longPollMs : pollMs };
  };
  // Polling finds what a lost event stream does not report.
  await lookUntil(look, {
    signal: options.signal,
    watch: (onEvent, signal) => engine.watch(project, onEvent, signal),
  });
}

/** The containers whose start takes longer than their health check allows. */
class LongStarts {
  readonly #memories = new Map<string, StartMemory>();

  constructor(
    readonly engine: Asked,
    readonly containers: readonly Wanted[],
    readonly startedAt: number,
  ) {}

  get isEmpty(): boolean {
    return this.#memories.size === 0;
  }

  /** What one look says of a container, with more patience where a long part of its start goes on. */
  async excuse(
    progress: Progress,
    facts: readonly ContainerFact[],
    { at, isLate }: { at: number; isLate: boolean },
  ): Promise<Progress> {
    const { longStart } = this.containers.find(({ name }) => name === progress.container) ?? {};
    const isAsked = progress.detail === 'unhealthy' || (progress.state === 'starting' && isLate);
    const [fact, other] = facts.filter(({ service }) => service === progress.container);
    if (longStart === undefined || !isAsked || fact === undefined || other !== undefined) {
      return progress;
    }
    const look = await lookAtStart(this.engine, fact.id, at);
    const earlier = this.#memories.get(fact.id);
    const verdict = evaluateLongStart(longStart, look, earlier, this.startedAt);
    if (verdict.memory !== undefined) this.#memories.set(fact.id, verdict.memory);
    const { isGoingOn, detail } = verdict;
    if (isGoingOn) return { ...progress, state: 'long', detail: detail ?? progress.detail };
    if (detail === undefined) return progress;
    return { ...progress, state: 'failed', detail: `${progress.detail}: ${detail}` };
  }
}

async function lookAtStart(engine: Asked, id: string, at: number): Promise<StartLook> {
  const [lines, usage] = await Promise.all([
    engine.logs(id, 200).catch(() => []),
    engine.usage(id).catch(() => undefined),
  ]);
  return { at, lines, usage };
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
      const fact = facts.find((candidate) => candidate.service === container);
      const lines = fact === undefined ? [] : await lastWords(engine, fact.id);
      return [`${container} is not ready${when}: ${detail}`, ...lines].join('\n');
    }),
  );
  const names = bad.map((progress) => progress.container).join(' ');
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
