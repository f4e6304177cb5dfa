import { describe, expect, it } from '@jest/globals';
import { labels, Secret } from '@ai-stack/core';
import { unrecordedData } from './reinstalled';
import type { HostFacts, PathFact, ServiceFacts } from '../../facts/host-facts';
import { planRelease } from '../plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContainer,
  sampleContext,
  samplePlan,
  sampleRelease,
  sampleSecrets,
} from '../../../fixtures/sample-release';

const store = '/srv/docker/one/store';
const owned = { mode: '0750', uid: 1000, gid: 1000 };
const full: PathFact = { kind: 'directory', ...owned, isEmpty: false };
const noState: ServiceFacts = {
  current: undefined,
  journal: undefined,
  converged: undefined,
  env: undefined,
  envSha256: undefined,
  fence: 0,
};

/** A host that was installed again, with the disk of its data. */
function reinstalled(change: (facts: HostFacts) => void = () => undefined): HostFacts {
  const facts = emptyFacts();
  facts.paths[store] = full;
  change(facts);
  return facts;
}

describe('a host that was reinstalled under the old name', () => {
  it('is not deployed to as if it were new', () => {
    const plan = samplePlan(sampleRelease(), reinstalled(), sampleSecrets, sampleContext());
    expect(plan.blocked).toEqual([
      {
        guard: 'unrecorded-data',
        reason: `trusted has files in ${store} and no record of any deploy: it was reinstalled, its records were lost, or another stack wrote them; KEY would be generated again`,
        fix: `restore /opt/stacks/ai/one from a copy (.env and .stack), or start without the data (mv ${store} ${store}.old), or let one use the data as it is: adopt it`,
      },
    ]);
  });

  it.each<[string, (facts: HostFacts) => void]>([
    [
      'whose .env came back alone',
      (f) => (f.services['one'] = { ...noState, env: new Secret('KEY=1') }),
    ],
    [
      'with a file in the place of the directory',
      (f) => (f.paths[store] = { kind: 'file', ...owned, sha256: '' }),
    ],
    ['with a directory of others in the stack root', (f) => (f.services['mine'] = noState)],
    [
      'with a container of another program',
      (f) =>
        f.engine.containers.push(
          sampleContainer(sampleRelease(), {
            labels: {},
            project: 'mine',
            name: 'mine',
            mountSources: [],
            ports: [],
          }),
        ),
    ],
  ])('nor one %s', (_case, change) => {
    expect(
      unrecordedData.check(sampleRelease(), reinstalled(change), sampleContext()),
    ).toHaveLength(1);
  });

  it('says nothing of a key that came back', () => {
    const facts = reinstalled(
      (f) => (f.services['one'] = { ...noState, env: new Secret('KEY=1') }),
    );
    expect(unrecordedData.check(sampleRelease(), facts, sampleContext())[0]?.reason).not.toContain(
      'KEY',
    );
  });
});

describe('a first deploy', () => {
  const journal = { version: 1 as const, release: 'r', commit: null, who: 'ann', when: 'now' };
  const converged = { version: 1 as const, release: 'r', commit: null, when: 'now' };
  it.each<[string, (facts: HostFacts) => void]>([
    ['without a directory', (f) => (f.paths = {})],
    ['onto directories without a file', (f) => (f.paths[store] = { ...full, isEmpty: true })],
    [
      'next to a configuration',
      (f) => {
        f.paths = { '/srv/docker/one/config': full };
      },
    ],
    ['after one that was interrupted', (f) => (f.services['one'] = { ...noState, journal })],
    ['after one that failed', (f) => (f.services['one'] = { ...noState, fence: 7 })],
    [
      'after destroy of all, as it leaves a host',
      (f) => (f.services['two'] = { ...noState, fence: 7 }),
    ],
    ['of a further service', (f) => (f.services['two'] = { ...noState, converged })],
    [
      'of what was started by hand from our files',
      (f) =>
        f.engine.containers.push(
          sampleContainer(sampleRelease(), { labels: { [labels.service]: 'one' } }),
        ),
    ],
  ])('begins: %s', (_case, change) => {
    expect(unrecordedData.check(sampleRelease(), reinstalled(change), sampleContext())).toEqual([]);
  });

  it('does not stop the second', () => {
    const first = planRelease(sampleRelease(), emptyFacts(), sampleSecrets, sampleContext());
    const facts = factsAfter(first);
    expect(facts.paths[store]).toMatchObject({ isEmpty: false });
    const later = sampleRelease({ pullModels: [] });
    expect(samplePlan(later, facts, sampleSecrets, sampleContext()).blocked).toEqual([]);
  });
});
