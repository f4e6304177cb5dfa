import { describe, expect, it } from '@jest/globals';
import type { ContainerFact } from './facts';
import { isReady, readinessOf } from './readiness';

describe('readinessOf', () => {
  it.each<[ContainerFact['state'], ContainerFact['health'], string, boolean]>([
    ['running', 'healthy', 'healthy', true],
    ['running', 'none', 'unchecked', true],
    ['running', 'starting', 'starting', false],
    ['running', 'unhealthy', 'unhealthy', false],
    ['created', 'none', 'created', false],
    ['restarting', 'starting', 'restarting', false],
    // The engine keeps the last health of a container that it stopped.
    ['exited', 'healthy', 'down', false],
    ['paused', 'healthy', 'down', false],
    ['removing', 'none', 'down', false],
    ['dead', 'unhealthy', 'down', false],
  ])('%s and %s: %s', (state, health, readiness, ready) => {
    expect(readinessOf({ state, health })).toBe(readiness);
    expect(isReady({ state, health })).toBe(ready);
  });
});
