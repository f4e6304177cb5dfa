import { describe, expect, it } from '@jest/globals';
import { planCopy } from './copy-data';
import { prepareRelease } from '../plan/plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

const before = sampleRelease({ migration: 'any-version' });
const settled = factsAfter(prepareRelease(before, emptyFacts(), sampleSecrets, sampleContext()));
const withTag = (image: string) =>
  sampleRelease({
    migration: 'any-version',
    containers: before.containers.map((one) => ({ ...one, image })),
  });
const name = before.containers[0]?.image.replace(/:.*$/, '') ?? '';
const plan = (image: string, facts = settled) =>
  planCopy(prepareRelease(withTag(image), facts, sampleSecrets, sampleContext()), '/srv/docker');

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
