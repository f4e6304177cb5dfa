import type { ReleaseContainer } from '@ai-stack/core';
import type { ContainerFact } from './facts';
import { readinessOf } from './readiness';

/** How far a wanted container is. */
export interface Progress {
  container: string;
  /** `long`: late, but a long part of its start goes on and makes progress. */
  state: 'failed' | 'missing' | 'starting' | 'long' | 'settling' | 'ready';
  /** Such as `unhealthy` or `exited`. */
  detail: string;
}

export type Wanted = Pick<ReleaseContainer, 'name' | 'hasHealthcheck' | 'longStart'>;

/** What was seen of a container at first; later looks are compared with it. */
export interface FirstSight {
  restartCount: number;
  runningSince: number;
}

const worstFirst: Progress['state'][] = [
  'failed',
  'missing',
  'starting',
  'long',
  'settling',
  'ready',
];

/** What one look says of a wanted container; remembers the first sight of each in `sights`. */
export function evaluateHealth(
  wanted: Wanted,
  facts: readonly ContainerFact[],
  sights: Map<string, FirstSight>,
  now: number,
  settleMs: number,
): Progress {
  const progress = facts
    .filter((fact) => fact.service === wanted.name)
    .map((fact) => evaluateContainer(wanted, fact, sights, now, settleMs));
  const [worst] = progress.sort(
    (a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state),
  );
  return worst ?? { container: wanted.name, state: 'missing', detail: 'not created' };
}

function evaluateContainer(
  wanted: Wanted,
  fact: ContainerFact,
  sights: Map<string, FirstSight>,
  now: number,
  settleMs: number,
): Progress {
  const restartCount = fact.restartCount ?? 0;
  const sight = sights.get(fact.id) ?? { restartCount, runningSince: now };
  sights.set(fact.id, sight);
  const progressOf = (state: Progress['state'], detail: string): Progress => {
    return { container: wanted.name, state, detail };
  };
  if (restartCount > sight.restartCount) return progressOf('failed', 'restarting');
  const readiness = readinessOf(fact);
  if (readiness === 'created') {
    sight.runningSince = now;
    return progressOf('starting', 'created');
  }
  if (readiness === 'down' || readiness === 'restarting') return progressOf('failed', fact.state);
  if (readiness === 'unhealthy') return progressOf('failed', 'unhealthy');
  if (readiness === 'healthy') return progressOf('ready', 'healthy');
  if (readiness === 'starting' || wanted.hasHealthcheck)
    return progressOf('starting', 'health check');
  if (now - sight.runningSince < settleMs) return progressOf('settling', 'running');
  return progressOf('ready', 'running');
}
