import { expect, it } from '@jest/globals';
import { Secret } from '@ai-stack/core';
import { composeVariableWarnings } from './compose-variables';
import { planRelease } from './plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  samplePlan,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

const release = sampleRelease();

function warningsOf(env: string | undefined): string[] {
  const facts = factsAfter(planRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
  facts.services['one']!.env = env === undefined ? undefined : new Secret(env);
  return composeVariableWarnings(release, facts).map(({ reason }) => reason);
}

it.each<[string | undefined, [number, string][]]>([
  [undefined, []],
  ["KEY='a COMPOSE_FILE=x'\n# COMPOSE_FILE=x\nMY_COMPOSE_FILE=x\n", []],
  ['KEY=1\nCOMPOSE_FILE=other.yaml\n', [[2, 'COMPOSE_FILE']]],
  [
    ' export COMPOSE_PROFILES = p\nKEY=1\nCOMPOSE_PROJECT_NAME=mine',
    [
      [1, 'COMPOSE_PROFILES'],
      [3, 'COMPOSE_PROJECT_NAME'],
    ],
  ],
])('names the line of %j', (env, found) => {
  const place = '/opt/stacks/ai/one/.env on trusted, line';
  expect(warningsOf(env)).toEqual(
    found.map(
      ([at, key]) =>
        `${place} ${at}: ${key} changes what docker compose does there by hand (a deploy ignores it)`,
    ),
  );
});

it('is a warning of the plan that changes something, and stops nothing', () => {
  const facts = factsAfter(planRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
  const { warnings, blocked } = samplePlan(
    release,
    {
      ...facts,
      services: {
        one: { ...facts.services['one']!, env: new Secret('KEY=other\nCOMPOSE_FILE=x\n') },
      },
    },
    sampleSecrets,
    sampleContext(),
  );
  expect(warnings).toEqual([
    { reason: expect.stringMatching(/line 2: COMPOSE_FILE/) as unknown, fix: 'remove that line' },
  ]);
  expect(blocked).toEqual([]);
});
