import { describe, expect, it } from '@jest/globals';
import type { Plan } from '@ai-stack/core';
import { hasNewHome, planOrphans, refuseMost, removableOrphans } from './orphans';
import { planRelease } from './plan-release';
import type { Outcome } from '../progress';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

const release = sampleRelease();
const settled = factsAfter(planRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
const moved = [
  { name: 'trusted', services: [] },
  { name: 'management', services: ['one'] },
];
const nowhere = [{ name: 'trusted', services: [] }];

function orphan(): Plan {
  const [plan] = planOrphans('lab', moved, settled);
  if (plan === undefined) throw new Error('no orphan');
  return plan;
}

describe('planOrphans', () => {
  it('removes containers and record of what is no longer placed', () => {
    expect(orphan().actions.map(({ verb, kind }) => `${verb} ${kind}`)).toEqual([
      'remove container',
      'remove release',
    ]);
  });

  it('leaves what is placed, and what belongs to another environment', () => {
    expect(planOrphans('lab', [{ name: 'trusted', services: ['one'] }], settled)).toEqual([]);
    expect(planOrphans('prod', moved, settled)).toEqual([]);
  });
});

describe('hasNewHome', () => {
  const there = { ...settled, host: 'management' };
  const coming = sampleRelease({ host: 'management' });
  it.each([
    ['deployed now on its new host', moved, [coming], [settled], true],
    ['running on its new host', moved, [], [settled, there], true],
    ['not yet on its new host', moved, [], [settled, emptyFacts('management')], false],
    ['on a new host that was not asked', moved, [], [settled], false],
    ['placed nowhere', nowhere, [], [settled], true],
  ])('%s', (_, placed, releases, facts, expected) => {
    expect(hasNewHome(orphan(), placed, releases, facts)).toBe(expected);
  });
});

describe('removableOrphans', () => {
  const needs = { two: ['one'], three: ['two'], four: [] };
  const outcome = (service: string, state: Outcome['state']): Outcome => ({
    service,
    host: 'management',
    release: 'r',
    state,
    seconds: 0,
  });
  it.each([
    ['all went well', [outcome('one', 'changed'), outcome('two', 'changed')], 1],
    ['its own successor failed', [outcome('one', 'failed')], 0],
    ['who needs it failed, and may use it still', [outcome('two', 'failed')], 0],
    ['who needs it by way of another was skipped', [outcome('three', 'skipped')], 0],
    ['a stranger failed', [outcome('four', 'failed')], 1],
  ])('%s', (_, outcomes, count) => {
    expect(removableOrphans([orphan()], outcomes, needs)).toHaveLength(count);
  });
});

describe('refuseMost', () => {
  const running = (names: string[]) => {
    const current = settled.services['one'];
    return { ...settled, services: Object.fromEntries(names.map((name) => [name, current!])) };
  };
  const named = (names: string[]): Plan[] => names.map((service) => ({ ...orphan(), service }));
  it.each([
    [['a', 'b'], ['a', 'b', 'c', 'd'], 'removes-most'],
    [['a', 'b', 'c'], ['a', 'b', 'c'], 'removes-most'],
    [['a', 'b'], ['a', 'b', 'c', 'd', 'e'], undefined],
    // One service alone is moved or given up every day.
    [['a'], ['a'], undefined],
  ])('%j of %j: %s', (gone, present, guard) => {
    const all = named(gone);
    const found = all.map((plan) => refuseMost(plan, all, [running(present)]).blocked[0]?.guard);
    expect(found).toEqual(gone.map(() => guard));
  });
});
