import { describe, expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import type { HostFacts } from './facts/host-facts';
import { compareStatus, unreachableStatus } from './status';
import { planOrphans } from './plan/orphans';
import { planRelease } from './plan/plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../fixtures/sample-release';

function settled(): HostFacts {
  const planned = planRelease(sampleRelease(), emptyFacts(), sampleSecrets, sampleContext());
  return factsAfter(planned);
}

describe('compareStatus', () => {
  it('tells what runs, since when and by whom', () => {
    expect(compareStatus(settled(), 'lab', ['one', 'two'])).toEqual([
      {
        service: 'one',
        host: 'trusted',
        container: 'main',
        state: 'running',
        health: 'healthy',
        image: 'registry.test/one:1.0.0',
        release: sampleRelease().contentHash.slice(0, 12),
        when: '2026-11-23T10:00:00.000Z',
        who: 'ann',
        commit: 'c0ffee',
        drift: [],
      },
      expect.objectContaining({
        service: 'two',
        container: '-',
        state: 'absent',
        release: undefined,
      }),
    ]);
  });

  it.each<[string, (facts: HostFacts) => void, string]>([
    [
      'a missing file',
      (facts) => delete facts.paths['/srv/docker/one/config/zone'],
      '/srv/docker/one/config/zone is gone',
    ],
    ['an edited .env', (facts) => (facts.services['one']!.envSha256 = 'x'), '.env was changed'],
    [
      'a network that it left',
      (facts) => (facts.engine.containers[0]!.networks = ['proxy']),
      'it is not in the network ai-stack',
    ],
    [
      'an override of its compose.yaml',
      (facts) => (facts.strayFiles = ['/opt/stacks/ai/one/docker-compose.override.yml']),
      'Compose would read /opt/stacks/ai/one/docker-compose.override.yml, too',
    ],
    ['a missing container', (facts) => (facts.engine.containers = []), 'its container is gone'],
    [
      'another image',
      (facts) => (facts.engine.containers[0]!.imageId = 'x'),
      'its container was recreated by hand',
    ],
    [
      'a container that Compose did not finish',
      (facts) =>
        facts.engine.containers.unshift({
          ...facts.engine.containers[0]!,
          ...{ id: 'c0', name: '4df348afb3f1_ai-one-main-1', state: 'created', health: 'none' },
        }),
      'an interrupted update left the container 4df348afb3f1_ai-one-main-1',
    ],
    [
      'a journal',
      (facts) =>
        (facts.services['one']!.journal = {
          version: 1,
          release: 'abc',
          commit: null,
          who: '',
          when: '',
        }),
      'a deploy of abc was interrupted',
    ],
  ])('shows drift: %s', (_title, spoil, drift) => {
    const facts = settled();
    spoil(facts);
    const rows = compareStatus(facts, 'lab', ['one'], [sampleRelease()]);
    expect(rows[0]?.drift).toEqual([drift]);
  });
});

it('unreachableStatus has a row for each service of a host that did not answer', () => {
  const errors = [new StackError('no answer\n  ssh: x')];
  const host = { host: 'management', errors, lastSeen: '2026-11-20T08:00:00.000Z' };
  const rows = unreachableStatus(host, ['vllm', 'ollama']);
  expect(rows.map(({ service, state, unreachable }) => [service, state, unreachable])).toEqual([
    ['ollama', 'unreachable', { lastSeen: host.lastSeen, reason: 'no answer' }],
    ['vllm', 'unreachable', { lastSeen: host.lastSeen, reason: 'no answer' }],
  ]);
});

it('compareStatus takes a deploy in progress neither for an interrupted one nor for drift', () => {
  const facts = settled();
  const service = facts.services['one']!;
  service.journal = { version: 1, release: 'abc', commit: null, who: '', when: '' };
  service.running = 'deploy one by ann@desk since 2026-11-23T10:00:00Z';
  facts.engine.containers = [];
  const [row] = compareStatus(facts, 'lab', ['one'], [sampleRelease()]);
  expect([row?.drift, row?.running]).toEqual([[], service.running]);
});

describe('planOrphans', () => {
  it('removes what is no longer placed, and only that', () => {
    expect(planOrphans('lab', [{ name: 'trusted', services: ['one'] }], settled())).toEqual([]);
    const [plan] = planOrphans('lab', [{ name: 'trusted', services: [] }], settled());
    expect(plan?.actions.map(({ kind, verb, target }) => `${kind} ${verb} ${target}`)).toEqual([
      'container remove ai-one-main-1',
      `release remove ${sampleRelease().contentHash.slice(0, 12)}`,
    ]);
  });

  it('leaves other environments alone', () => {
    expect(planOrphans('prod', [{ name: 'trusted', services: [] }], settled())).toEqual([]);
  });
});
