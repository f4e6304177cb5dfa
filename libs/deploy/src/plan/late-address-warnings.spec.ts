import { expect, it } from '@jest/globals';
import type { ContainerFact } from '@ai-stack/docker';
import { lateAddressWarnings } from './late-address-warnings';
import { planOf, planRelease } from './plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';
import type { HostFacts } from '../facts/host-facts';

const ports = [{ address: '10.0.0.1', port: 53, protocol: 'udp' as const }];
const release = sampleRelease({ ports });
const startError = 'listen tcp4 10.0.0.1:53: bind: cannot assign requested address';

function factsWith(container: Partial<ContainerFact>, more: Partial<HostFacts> = {}): HostFacts {
  const facts = factsAfter(
    planRelease(release, emptyFacts('trusted'), sampleSecrets, sampleContext()),
  );
  const [own] = facts.engine.containers;
  const containers = [{ ...own!, ...container }];
  return { ...facts, listening: [], ...more, engine: { ...facts.engine, containers } };
}
const off = { ipv4: false, ipv6: false };

it.each<[string, HostFacts, number]>([
  ['one that lacked the address', factsWith({ state: 'exited', startError }), 1],
  [
    'the same, on a host that says so',
    factsWith({ state: 'exited', startError }, { bindsLateAddresses: off }),
    1,
  ],
  [
    'the same, where it is fixed for the next boot',
    factsWith({ state: 'exited', startError }, { bindsLateAddresses: { ...off, ipv4: true } }),
    0,
  ],
  [
    'the same, where the other family is fixed',
    factsWith({ state: 'exited', startError }, { bindsLateAddresses: { ...off, ipv6: true } }),
    1,
  ],
  ['one that ended by itself', factsWith({ state: 'exited' }), 0],
  ['one that runs', factsWith({}), 0],
])('warns of %s', (_what, facts, count) => {
  expect(lateAddressWarnings(release, facts)).toHaveLength(count);
});

it('is in the plan that starts it again, with the remedy', () => {
  const facts = factsWith({ state: 'exited', startError });
  const plan = planOf(planRelease(release, facts, sampleSecrets, sampleContext()));
  expect(plan.blocked).toEqual([]);
  expect(plan.warnings).toEqual([
    {
      reason: expect.stringMatching(
        /^one did not start at the last boot of trusted: .*10\.0\.0\.1/,
      ),
      fix: expect.stringContaining('net.ipv4.ip_nonlocal_bind=1'),
    },
  ]);
});
