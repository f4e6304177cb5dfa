import { describe, expect, it } from '@jest/globals';
import type { ContainerFact } from './facts';
import { isReady, isUnfinished, readinessOf } from './readiness';

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

it.each<[string, ContainerFact['state'], boolean]>([
  ['4df348afb3f1_ai-one-main-1', 'created', true],
  // It ran: Compose 1 renamed the old container so, and it may be the only one.
  ['4df348afb3f1_ai-one-main-1', 'exited', false],
  ['ai-one-main-1', 'created', false],
  ['my_ai-one-main-1', 'created', false],
])('isUnfinished: %s, %s', (name, state, expected) => {
  expect(isUnfinished({ name, state })).toBe(expected);
});
