import { describe, expect, it } from '@jest/globals';
import { Secret, type Release } from '@ai-stack/core';
import { findSecrets } from './find-secrets';
import type { HostFacts } from './host-facts';
import { emptyFacts, sampleRelease } from './sample-release';

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

function find(facts: HostFacts[], releases: Release[]): ReturnType<typeof findSecrets> {
  return findSecrets(facts, {
    environmentReleases: [owner, consumer, stranger],
    releases,
    provided: new Map(),
    random: (bytes) => Buffer.alloc(bytes, 7),
  });
}

function withKey(): HostFacts {
  const env = new Secret("KEY='on-the-host'\n");
  const service = {
    current: undefined,
    pending: undefined,
    converged: undefined,
    env,
    envSha256: 'x',
  };
  return { ...emptyFacts('management'), services: { one: service } };
}

describe('findSecrets', () => {
  it("gives a consumer the owner's value from its host", () => {
    const secretsOf = find([emptyFacts(), withKey()], [consumer]);
    expect(secretsOf(consumer).get('ONE_KEY')?.reveal()).toBe('on-the-host');
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
    expect(() => find([emptyFacts()], [owner, consumer])).toThrow(/no second one is made/);
  });
});
