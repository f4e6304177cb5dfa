import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { planCopy } from './copy-data';
import { copyScript, spaceScript } from './copy-scripts';
import { planRelease } from '../plan/plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';
import { ownFolder } from '../../fixtures/own-folder';

const { at, write, run } = ownFolder();

const before = sampleRelease({ migration: 'any-version' });
const settled = factsAfter(planRelease(before, emptyFacts(), sampleSecrets, sampleContext()));
const withTag = (image: string) =>
  sampleRelease({
    migration: 'any-version',
    containers: before.containers.map((one) => ({ ...one, image })),
  });
const name = before.containers[0]?.image.replace(/:.*$/, '') ?? '';
const plan = (image: string, facts = settled) =>
  planCopy(planRelease(withTag(image), facts, sampleSecrets, sampleContext()), '/srv/docker');

describe('planCopy', () => {
  it('copies the data of what goes up, under the release that it belongs to', () => {
    const release = settled.services['one']?.current?.release ?? '';
    expect(plan(`${name}:99.0.0`)).toEqual({
      path: `/srv/docker/one/.copies/${release}`,
      folders: ['/srv/docker/one/store'],
      isKept: false,
    });
  });
  it('copies what may go up', () => expect(plan(`${name}:main`)).toBeDefined());
  it.each([
    ['the same version', before.containers[0]?.image ?? ''],
    ['an earlier one, whose data was put back', `${name}:0.0.1`],
  ])('copies nothing for %s', (_, image) => expect(plan(image)).toBeUndefined());
  it('copies nothing at the first deploy', () => {
    expect(plan(`${name}:99.0.0`, emptyFacts())).toBeUndefined();
  });
  it('keeps the copy of an interrupted deploy', () => {
    const facts = structuredClone({ ...settled, services: {} });
    const service = settled.services['one']!;
    const pending = { version: 1 as const, release: 'x', commit: null, who: 'me', when: 'now' };
    expect(
      plan(`${name}:99.0.0`, { ...facts, services: { one: { ...service, pending } } }),
    ).toMatchObject({ isKept: true });
  });
});

it('copy takes all or nothing, keeps the newest alone, and an interrupted one what it had', () => {
  write('data/one/store/x', 'old');
  write('data/one/snaps/y', 'y');
  write('data/one/.copies/a0/store/x', 'older');
  const folders = [at('data/one/store'), at('data/one/snaps')];
  const copy = at('data/one/.copies/a1');
  expect(run(copyScript, ['keep', copy, ...folders])).toMatchObject({ status: 0 });
  expect(readdirSync(at('data/one/.copies'))).toEqual(['a1']);
  expect(readFileSync(`${copy}/store/x`, 'utf8')).toBe('old');
  expect(readdirSync(copy).sort()).toEqual(['snaps', 'store']);
  write('data/one/store/x', 'changed meanwhile');
  run(copyScript, ['keep', copy, ...folders]);
  expect(readFileSync(`${copy}/store/x`, 'utf8')).toBe('old');
  run(copyScript, ['anew', copy, ...folders]);
  expect(readFileSync(`${copy}/store/x`, 'utf8')).toBe('changed meanwhile');
});

it('space says how much is missing', () => {
  write('data/one/store/x', 'x');
  expect(run(spaceScript, [at('data/one'), at('data/one/store')])).toMatchObject({ status: 0 });
  const sparse = spaceScript.replace('du -skc -- "$@"', "printf '99999999999999\\ttotal\\n'");
  expect(run(sparse, [at('data/one'), at('data/one/store')])).toMatchObject({ status: 74 });
});
