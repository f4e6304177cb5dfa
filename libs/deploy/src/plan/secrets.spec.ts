import { describe, expect, it } from '@jest/globals';
import { Secret, type Release } from '@ai-stack/core';
import { findSecretsForPlan, type SecretsOf } from './secrets';
import type { HostFacts } from '../facts/host-facts';
import type { Manifest } from '../state-files';
import { planRelease } from './plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

const owner = sampleRelease({ host: 'management' });
const consumer = sampleRelease({
  service: 'two',
  secrets: [
    { key: 'ONE_KEY', source: { kind: 'consumed', service: 'one', key: 'KEY' }, description: 'x' },
  ],
});
const stranger = sampleRelease({
  service: 'three',
  secrets: [{ key: 'TOKEN', source: { kind: 'provided', optional: false }, description: 'x' }],
});

function resolve(facts: HostFacts[], releases: Release[]) {
  return findSecretsForPlan(facts, {
    environmentReleases: [owner, consumer, stranger],
    releases,
    provided: new Map(),
    random: (bytes) => Buffer.alloc(bytes, 7),
  });
}

const find = (facts: HostFacts[], releases: Release[]): SecretsOf =>
  resolve(facts, releases).secretsOf;

function withKey(host = 'management', environment?: string, value = 'on-the-host'): HostFacts {
  const env = new Secret(`KEY='${value}'\n`);
  const service = {
    current: environment === undefined ? undefined : recordedIn(environment),
    pending: undefined,
    converged: undefined,
    env,
    envSha256: 'x',
    fence: 0,
  };
  return { ...emptyFacts(host), services: { one: service } };
}

function recordedIn(environment: string): Manifest {
  const release = sampleRelease({ environment });
  const planned = planRelease(release, emptyFacts(), sampleSecrets, sampleContext());
  const current = factsAfter(planned).services['one']?.current;
  if (current === undefined) throw new Error('no record');
  return current;
}

describe('findSecretsForPlan', () => {
  it("gives a consumer the owner's value from its host", () => {
    const secretsOf = find([emptyFacts(), withKey()], [consumer]);
    expect(secretsOf(consumer).get('ONE_KEY')?.reveal()).toBe('on-the-host');
  });

  it('does not ask what the owner of a secret itself consumes', () => {
    const description = 'x';
    const own = {
      key: 'TWO_KEY',
      source: { kind: 'generated', bytes: 8, prefix: '' },
      description,
    } as const;
    const gateway = sampleRelease({ ...consumer, secrets: [...consumer.secrets, own] });
    const source = { kind: 'consumed', service: 'two', key: 'TWO_KEY' } as const;
    const chat = sampleRelease({ service: 'four', secrets: [{ key: 'K', source, description }] });
    const env = new Secret("TWO_KEY='of the gateway'\n");
    const here = { ...withKey().services['one']!, env };
    const { secretsOf } = findSecretsForPlan(
      [{ ...emptyFacts(), services: { two: here } }, emptyFacts('management')],
      {
        environmentReleases: [owner, gateway, chat],
        releases: [chat],
        provided: new Map(),
        random: (bytes) => Buffer.alloc(bytes, 7),
      },
    );
    expect(secretsOf(chat).get('K')?.reveal()).toBe('of the gateway');
  });

  it('makes a value when owner and consumer are deployed together', () => {
    const secretsOf = find([emptyFacts(), emptyFacts('management')], [owner, consumer]);
    expect(secretsOf(owner).get('KEY')?.reveal()).toBe('07'.repeat(8));
    expect(secretsOf(consumer).get('ONE_KEY')?.reveal()).toBe('07'.repeat(8));
  });

  it('does not make one for an owner that is not deployed', () => {
    const both = [emptyFacts(), emptyFacts('management')];
    expect(() => find(both, [consumer])).toThrow(
      /KEY of one does not exist yet[^]*deploy one first/,
    );
  });

  it('never makes one when the host of the owner was not asked', () => {
    const { secretsOf, outOfReach } = resolve([emptyFacts()], [owner, consumer]);
    expect(outOfReach.map(({ service, key, isHeld }) => [service, key, isHeld])).toEqual([
      ['one', 'KEY', false],
      ['two', 'KEY', false],
    ]);
    expect([owner, consumer].flatMap((release) => [...secretsOf(release)])).toEqual([]);
  });

  it.each([
    ['takes the value along when the owner moves', 'lab', 'on-the-host'],
    ["leaves another environment's value where it is", 'prod', '07'.repeat(8)],
  ])('%s', (_what, environment, value) => {
    const facts = [withKey('trusted', environment), emptyFacts('management')];
    const secretsOf = find(facts, [owner, consumer]);
    expect(secretsOf(owner).get('KEY')?.reveal()).toBe(value);
    expect(secretsOf(consumer).get('ONE_KEY')?.reveal()).toBe(value);
  });

  it('takes the value that runs, not the one that an earlier stay left', () => {
    const facts = [withKey('trusted', 'lab', 'running'), withKey('management', undefined, 'old')];
    expect(find(facts, [owner, consumer])(owner).get('KEY')?.reveal()).toBe('running');
  });
});
