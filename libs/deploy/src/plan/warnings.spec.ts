import { describe, expect, it } from '@jest/globals';
import type { DefinedWarning } from '@ai-stack/core';
import { wantedLines } from '../facts/wanted-lines';
import { guardNames } from './guards';
import { planOf, planRelease } from './plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  samplePlan,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

const compose = '/opt/stacks/ai/one/compose.yaml';
const database = '/srv/docker/one/store/data.db';
const words = { reason: 'accounts are there', fix: 'merge them' };
const there = { kind: 'other' as const, mode: '0644', uid: 0, gid: 0 };

function warningsOf(warning: Partial<DefinedWarning>, paths: string[], deployed?: string) {
  const contents: Record<string, string> = deployed === undefined ? {} : { [compose]: deployed };
  const facts = {
    ...emptyFacts(),
    paths: Object.fromEntries(paths.map((path) => [path, there])),
    contents,
  };
  const release = { ...sampleRelease(), warnings: [{ ...words, ...warning }] };
  return samplePlan(release, facts, sampleSecrets, sampleContext()).warnings;
}

describe('the warnings of a plan', () => {
  it.each<[string, Partial<DefinedWarning>, string[], string | undefined, boolean]>([
    ['without a condition', {}, [], undefined, true],
    ['whose file is there', { ifFile: database }, [database], undefined, true],
    ['whose file is not there', { ifFile: database }, [], undefined, false],
    ['of what is deployed so already', { unlessDeployed: 'SSO: "1"' }, [], 'SSO: "1"', false],
    ['of what is deployed otherwise', { unlessDeployed: 'SSO: "1"' }, [], 'SSO: "0"', true],
    ['of what was never deployed', { unlessDeployed: 'SSO: "1"' }, [], undefined, true],
    ['of a service that runs so', { ifDeployed: 'SSO: "1"' }, [], 'SSO: "1"', true],
    ['of a service that runs otherwise', { ifDeployed: 'SSO: "1"' }, [], 'SSO: "0"', false],
    ['of a service that never ran', { ifDeployed: 'SSO: "1"' }, [], undefined, false],
  ])('have one %s: %#', (_case, warning, paths, deployed, isSaid) => {
    expect(warningsOf(warning, paths, deployed)).toEqual(isSaid ? [words] : undefined);
  });

  it('are not said where nothing is to do, and block nothing', () => {
    const release = { ...sampleRelease(), warnings: [words] };
    const first = planRelease(release, emptyFacts(), sampleSecrets, sampleContext());
    expect(planOf(first)).toMatchObject({ warnings: [words], blocked: [] });
    const again = samplePlan(release, factsAfter(first), sampleSecrets, sampleContext());
    expect(again).not.toHaveProperty('warnings');
  });

  it('block the plan where they say so, until the guard is allowed', () => {
    const warning = { ...words, ifDeployed: 'EMBEDS: a', guard: 'reindex' as const };
    const release = { ...sampleRelease(), warnings: [warning] };
    const planned = (deployed: string) => {
      const facts = { ...emptyFacts(), contents: { [compose]: deployed } };
      return samplePlan(release, facts, sampleSecrets, sampleContext());
    };
    expect(planned('EMBEDS: b').blocked).toEqual([]);
    const { blocked, warnings } = planned('EMBEDS: a');
    expect(blocked).toEqual([{ guard: 'reindex', ...words }]);
    expect(warnings).toBeUndefined();
    expect(guardNames).toContain('reindex');
  });

  it('ask for a file by its name alone, in the same round trip', () => {
    const warnings = [{ ...words, ifFile: database, unlessDeployed: 'x' }];
    const lines = wantedLines([{ ...sampleRelease(), warnings }]).split('\n');
    expect(lines).toEqual(expect.arrayContaining([`s${database}`, `c${compose}`]));
    expect(lines).not.toContain(`h${database}`);
  });
});
