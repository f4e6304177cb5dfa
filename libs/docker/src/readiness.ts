import type { ContainerFact } from './facts';

/**
 * What the state and the health of a container say together. `unchecked`: it runs and has no health check; `down`: it
 * does not run, and does not come up by itself.
 */
type Readiness =
  | 'healthy'
  | 'unchecked'
  | 'starting'
  | 'unhealthy'
  | 'created'
  | 'restarting'
  | 'down';

/** Reads a container's readiness; the only place that does. */
export function readinessOf({ state, health }: Pick<ContainerFact, 'state' | 'health'>): Readiness {
  if (state === 'created' || state === 'restarting') return state;
  if (state !== 'running') return 'down';
  return health === 'none' ? 'unchecked' : health;
}

/** A container with a health check of its own has to be healthy, any other has to run. */
export function isReady(fact: Pick<ContainerFact, 'state' | 'health'>): boolean {
  return ['healthy', 'unchecked'].includes(readinessOf(fact));
}

/**
 * Whether Compose was interrupted before it had put this container in the place of another: it creates the new one as
 * `<start of the id of the old one>_<name>`, removes the old one, and only then renames and starts the new one
 * (`recreateContainer` of Compose 2 and 5). It never ran, and a further `up` may fail at its name.
 */
export function isUnfinished({ state, name }: Pick<ContainerFact, 'state' | 'name'>): boolean {
  return state === 'created' && /^[0-9a-f]{12}_/.test(name);
}
