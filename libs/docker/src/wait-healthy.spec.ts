import { describe, expect, it } from '@jest/globals';
import type { ContainerFact } from './facts';
import { evaluateHealth, type FirstSight } from './container-progress';
import { waitHealthy } from './wait-healthy';

const fact = (changes: Partial<ContainerFact> = {}): ContainerFact => ({
  id: 'c1',
  name: 'ai-x-web-1',
  project: 'ai-x',
  service: 'web',
  image: 'web:1.0.0',
  imageId: 'sha256:1',
  state: 'running',
  health: 'none',
  restartCount: 0,
  labels: {},
  mountSources: [],
  ports: [],
  networks: [],
  addresses: {},
  ...changes,
});

describe('judge', () => {
  const cases: [string, boolean, Partial<ContainerFact>, string, string][] = [
    ['healthy', true, { health: 'healthy' }, 'ready', 'healthy'],
    ['unhealthy', true, { health: 'unhealthy' }, 'failed', 'unhealthy'],
    ['starting', true, { health: 'starting' }, 'starting', 'health check'],
    ['check not begun', true, {}, 'starting', 'health check'],
    ['created', true, { state: 'created' }, 'starting', 'created'],
    ['exited', true, { state: 'exited' }, 'failed', 'exited'],
    ['restarting', false, { state: 'restarting' }, 'failed', 'restarting'],
    ['without a check', false, {}, 'settling', 'running'],
    ['an old restart', true, { restartCount: 3, health: 'healthy' }, 'ready', 'healthy'],
  ];
  it.each(cases)('%s', (_, hasHealthcheck, changes, state, detail) => {
    const progress = evaluateHealth(
      { name: 'web', hasHealthcheck },
      [fact(changes)],
      new Map(),
      0,
      1000,
    );
    expect(progress).toEqual({ container: 'web', state, detail });
  });

  it('lets a container without a check settle, and sees a restart in between', () => {
    const sights = new Map<string, FirstSight>();
    const look = (now: number, changes = {}) =>
      evaluateHealth({ name: 'web', hasHealthcheck: false }, [fact(changes)], sights, now, 1000)
        .state;
    expect([look(0), look(999), look(1000), look(1001, { restartCount: 1 })]).toEqual([
      'settling',
      'settling',
      'ready',
      'failed',
    ]);
  });

  it('tells the worst of several containers of one service', () => {
    const both = [fact({ health: 'healthy' }), fact({ id: 'c2', health: 'unhealthy' })];
    expect(evaluateHealth({ name: 'web', hasHealthcheck: true }, both, new Map(), 0, 0).state).toBe(
      'failed',
    );
  });
});

describe('waitHealthy', () => {
  const run = (
    looks: ContainerFact[][],
    deadline = 60_000,
    signal = new AbortController().signal,
  ) => {
    const shown: string[] = [];
    let wake = (): void => undefined;
    const engine = {
      host: 'trusted',
      watch: async (_: string, onEvent: () => void) => void (wake = onEvent),
      inspectProject: async () => {
        setTimeout(() => wake(), 1);
        return (looks.length > 1 ? looks.shift() : looks[0]) ?? [];
      },
      logs: async () => ['last words'],
      usage: async () => ({ cpuSeconds: 0, blockBytes: 0 }),
      healthLog: async () => ['exit 1: no answer'],
    };
    const waiting = waitHealthy(engine, 'ai-x', [{ name: 'web', hasHealthcheck: true }], {
      deadline,
      signal,
      onProgress: ([progress]) => shown.push(progress?.state ?? ''),
      now: () => 0,
    });
    return { waiting, shown };
  };

  it('is woken by events and shows each state once', async () => {
    const starting = fact({ health: 'starting' });
    const { waiting, shown } = run([[], [starting], [starting], [fact({ health: 'healthy' })]]);
    await waiting;
    expect(shown).toEqual(['missing', 'starting', 'ready']);
  });

  it('fails with the last words and the command that shows more', async () => {
    const { waiting } = run([[fact({ health: 'unhealthy' })]]);
    await expect(waiting).rejects.toThrow(
      'web is not ready: unhealthy\n  | last words\n  health check: exit 1: no answer\n' +
        '  fix: docker compose -p ai-x logs --tail 200 web',
    );
  });

  it('fails at its deadline, and when it is interrupted', async () => {
    await expect(run([[]], 0).waiting).rejects.toThrow('web is not ready after 0 s: not created');
    const { waiting } = run([[]], 1, AbortSignal.abort());
    await expect(waiting).rejects.toThrow('waiting for ai-x was interrupted');
  });
});

describe('a start that takes long', () => {
  const longStart = { begins: 'Running upgrade', ends: 'Started server', limitSeconds: 3600 };
  const step = 'Running upgrade a -> b';

  /** Waits with a clock that a minute passes on at each look; `spent` is the processor time at a minute. */
  const run = (
    facts: (minute: number) => ContainerFact,
    spent: (minute: number) => number,
    line = step,
    endsAt = Infinity,
  ) => {
    let minute = -1;
    let wake = (): void => undefined;
    const details = new Set<string>();
    const engine = {
      host: 'trusted',
      watch: async (_: string, onEvent: () => void) => void (wake = onEvent),
      inspectProject: async () => {
        minute += 1;
        setTimeout(() => wake(), 1);
        return [facts(minute)];
      },
      logs: async () => (minute < endsAt ? [line] : [line, 'Started server process']),
      usage: async () => ({ cpuSeconds: spent(minute), blockBytes: 0 }),
      healthLog: async () => ['exit 7: no answer'],
    };
    const waiting = waitHealthy(
      engine,
      'ai-x',
      [{ name: 'web', hasHealthcheck: true, longStart }],
      {
        deadline: 360_000,
        signal: new AbortController().signal,
        onProgress: ([progress]) => details.add(`${progress?.state} ${progress?.detail}`),
        now: () => 60_000 * Math.max(0, minute),
      },
    );
    return { waiting, details };
  };
  const until = (last: number) => (minute: number) =>
    fact({ health: minute < 3 ? 'starting' : minute < last ? 'unhealthy' : 'healthy' });

  it('is waited for beyond its health check while it makes progress', async () => {
    const { waiting, details } = run(until(26), (minute) => 30 * minute, step, 25);
    await waiting;
    expect([...details]).toEqual([
      'starting health check',
      `long its start goes on ("${step}")`,
      'long the long part of its start is over',
      'ready healthy',
    ]);
  });

  it.each<[string, (minute: number) => ContainerFact, number, string, RegExp]>([
    [
      'hangs',
      until(99),
      0,
      step,
      /: web is not ready after 300 s: unhealthy: its start goes on .*for 120 s/,
    ],
    ['takes for ever', until(99), 30, step, /after 3600 s: unhealthy: .* limit of 3600 s/],
    ['is not a migration', until(99), 30, 'cannot connect', /: web is not ready: unhealthy\n/],
    [
      'is late and no migration',
      () => fact({ health: 'starting' }),
      30,
      'loading',
      /: web is not ready after 360 s: health check\n/,
    ],
    [
      'ends',
      (minute) => fact(minute < 5 ? { health: 'unhealthy' } : { state: 'exited' }),
      30,
      step,
      /: web is not ready after 300 s: exited\n/,
    ],
  ])('is an error, with what was seen last, when it %s', async (_how, facts, each, line, words) => {
    const { waiting } = run(facts, (minute) => each * minute, line);
    await expect(waiting).rejects.toThrow(words);
  });
});
