import { describe, expect, it } from '@jest/globals';
import { labels, type Release } from '@ai-stack/core';
import type { GuardContext } from './guard';
import { guardNames } from '.';
import type { HostFacts } from '../../facts/host-facts';
import { planRelease } from '../plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContainer,
  sampleContext,
  sampleNetwork,
  samplePlan,
  sampleRelease,
  sampleSecrets,
} from '../../../fixtures/sample-release';

interface Case {
  title: string;
  guard: string | null;
  reason: RegExp;
  release?: Partial<Release>;
  facts?: (facts: HostFacts) => void;
  context?: (release: Release) => Partial<GuardContext>;
}

const foreign = sampleContainer(sampleRelease(), {
  name: 'litellm',
  project: undefined,
  labels: {},
  mountSources: [],
  ports: [],
});
const gpu = [{ device: '0', memoryGiB: 20, reason: 'model big' }];

function oldHost(): HostFacts {
  const release = sampleRelease({ host: 'management' });
  return factsAfter(planRelease(release, emptyFacts('management'), sampleSecrets, sampleContext()));
}

/** The host after a deploy of another version of the image. */
function ranBefore(tag: string): (facts: HostFacts) => void {
  return (facts) => {
    const [container] = sampleRelease().containers;
    const image = container!.image.replace(/:[^:]*$/, `:${tag}`);
    const earlier = sampleRelease({ containers: [{ ...container!, image }] });
    const planned = planRelease(earlier, emptyFacts(), sampleSecrets, sampleContext());
    facts.services = factsAfter(planned).services;
  };
}

const cases: Case[] = [
  {
    title: 'an earlier version of a program that changed its data',
    guard: 'downgrade',
    reason: /from an earlier version to \S+:99\.0\.0, which changed its data/,
    release: { migration: 'any-version' },
    facts: ranBefore('99.0.0'),
  },
  {
    title: 'a leap over minor versions',
    guard: 'version-step',
    reason: /can be updated by one minor version at a time/,
    release: { migration: 'each-minor' },
    facts: ranBefore('0.1.0'),
  },
  {
    title: 'what would have to be indexed again',
    guard: 'reindex',
    reason: /^other vectors$/,
    release: { warnings: [{ reason: 'other vectors', fix: 'index again', guard: 'reindex' }] },
  },
  {
    title: 'a host that another operator holds',
    guard: 'hold',
    reason: /ann@desk holds trusted since noon: a new disk/,
    facts: (facts) => (facts.hold = { who: 'ann@desk', when: 'noon', why: 'a new disk' }),
  },
  {
    title: 'a host that was reinstalled',
    guard: 'unrecorded-data',
    reason: /trusted has files in \/srv\/docker\/one\/store and no record/,
    facts: (facts) => {
      const fact = { kind: 'directory' as const, mode: '0750', uid: 1000, gid: 1000 };
      facts.paths['/srv/docker/one/store'] = { ...fact, isEmpty: false };
    },
  },
  {
    title: 'a hand-made stack',
    guard: null,
    reason: /has a stack that was made by hand/,
    facts: (facts) => (facts.hasHandMadeStack = true),
  },
  {
    title: 'a directory of the operator that is not there',
    guard: null,
    reason: /^\/etc\/own-ca, which one mounts, is not on trusted$/,
    release: { hostPaths: ['/etc/own-ca'] },
  },
  {
    title: 'a missing network of others',
    guard: null,
    reason: /network proxy does not exist/,
    facts: (facts) => (facts.engine.networks = []),
  },
  {
    title: 'a program on its port',
    guard: 'port-taken',
    reason: /10\.0\.0\.1:4000\/tcp .* a program/,
    facts: (facts) => facts.listening.push({ address: '::', port: 4000, protocol: 'tcp' }),
  },
  {
    title: 'a container on its port',
    guard: 'port-taken',
    reason: /the container litellm/,
    facts: (facts) =>
      facts.engine.containers.push({
        ...foreign,
        ports: [{ address: '0.0.0.0', port: 4000, protocol: 'tcp' }],
      }),
  },
  {
    title: 'a foreign container of its name',
    guard: null,
    reason: /has the name/,
    facts: (facts) => facts.engine.containers.push({ ...foreign, name: 'ai-one-main-1' }),
  },
  {
    title: 'a foreign container of its project',
    guard: null,
    reason: /is in the project ai-one/,
    facts: (facts) => facts.engine.containers.push({ ...foreign, project: 'ai-one' }),
  },
  {
    title: 'a foreign container on its data',
    guard: null,
    reason: /mounts \/srv\/docker\/one\/store\/sub/,
    facts: (facts) =>
      facts.engine.containers.push({ ...foreign, mountSources: ['/srv/docker/one/store/sub'] }),
  },
  {
    title: 'a foreign router of its name',
    guard: null,
    reason: /declares the router one-public/,
    facts: (facts) =>
      facts.engine.containers.push({
        ...foreign,
        labels: { 'traefik.http.routers.one-public.rule': 'x' },
      }),
  },
  {
    title: 'another environment',
    guard: 'other-environment',
    reason: /belongs to the environment prod/,
    facts: (facts) =>
      facts.engine.containers.push(
        sampleContainer(sampleRelease(), {
          labels: { [labels.environment]: 'prod', [labels.service]: 'one' },
        }),
      ),
  },
  {
    title: 'data that may be on a host that is silent',
    guard: 'move-with-data',
    reason: /^one is new on trusted, and management, which may hold its data, did not answer$/,
    context: () => ({ silentHosts: ['management'] }),
  },
  {
    title: 'data that cannot move',
    guard: 'move-with-data',
    reason: /data on management/,
    context: () => ({ allFacts: [oldHost()] }),
  },
  {
    title: 'a full disk',
    guard: 'disk-short',
    reason: /\/var\/lib\/docker .* 0\.5 GiB free/,
    facts: (facts) => (facts.freeGiB['/var/lib/docker'] = 0.5),
  },
  {
    title: 'an old engine',
    guard: null,
    reason: /Docker Engine 20\.10\.24 .* too old/,
    facts: (facts) => (facts.engine.engineVersion = '20.10.24'),
  },
  {
    title: 'an engine that is too old for its health check',
    guard: null,
    reason: /25 or newer/,
    facts: (facts) => (facts.engine.engineVersion = '24.0.1'),
    release: {
      files: sampleRelease().files.map((file) => ({
        ...file,
        content: `# start_interval\n${file.content}`,
      })),
    },
  },
  {
    title: 'a network of ours that is there with other settings',
    guard: 'network-differs',
    reason:
      /^the network ai-stack on trusted has the range 172\.18\.0\.0\/16, not 10\.210\.0\.0\/24, and has the MTU 1500, not 1420, and has no IPv6; an existing network/,
    release: {
      networks: [{ name: 'ai-stack', ours: true, subnet: '10.210.0.0/24', mtu: 1420, ipv6: true }],
    },
    facts: (facts) => facts.engine.networks.push(sampleNetwork('ai-stack')),
  },
  {
    title: 'a range that another network has',
    guard: null,
    reason:
      /^the range 172\.18\.9\.0\/24 of the network ai-stack overlaps 172\.18\.0\.0\/16, which the network proxy/,
    release: { networks: [{ name: 'ai-stack', ours: true, subnet: '172.18.9.0/24' }] },
  },
  {
    title: 'an engine that chooses no IPv6 range',
    guard: null,
    reason: /^Docker Engine 26\.1\.5 on trusted chooses no IPv6 range for the network ai-stack/,
    release: { networks: [{ name: 'ai-stack', ours: true, ipv6: true }] },
  },
  {
    title: 'an old Compose',
    guard: null,
    reason: /Compose .* 1\.29\.2 is too old/,
    facts: (facts) => (facts.details = { composeVersion: '1.29.2', gpus: [] }),
  },
  {
    title: 'no Compose',
    guard: null,
    reason: /Compose .* is not installed/,
    facts: (facts) => (facts.details = { composeVersion: undefined, gpus: [] }),
  },
  {
    title: 'no NVIDIA runtime',
    guard: 'gpu-missing',
    reason: /no NVIDIA runtime/,
    release: { gpuMemory: gpu },
  },
  {
    title: 'an unknown GPU',
    guard: 'gpu-missing',
    reason: /no GPU 0/,
    release: { gpuMemory: gpu },
    facts: withGpu('1', 48),
  },
  {
    title: 'a driver that is older than the image needs',
    guard: 'gpu-driver',
    reason: /driver of trusted is 570\.133\.20, and the image of one needs 580 or newer/,
    release: { gpuDriver: { atLeast: 580, fix: 'take the older image' } },
    facts: (facts) =>
      (facts.details = { composeVersion: '2.26.1', gpus: [], gpuDriver: '570.133.20' }),
  },
  {
    title: 'an over-committed GPU',
    guard: 'gpu-over-committed',
    reason: /has 24 GiB, and 40 GiB are assigned/,
    release: { gpuMemory: gpu },
    facts: withGpu('0', 24),
    context: (release) => ({ releasesOnHost: [release, release] }),
  },
  {
    title: 'a directory in the place of a file',
    guard: null,
    reason: /config\.yaml .* is not a file/,
    facts: (facts) =>
      (facts.paths['/srv/docker/one/config/config.yaml'] = {
        kind: 'directory',
        mode: '0755',
        uid: 0,
        gid: 0,
        isEmpty: true,
      }),
  },
  {
    title: 'a required secret without a value',
    guard: null,
    reason: /no value for the secret TOKEN/,
    release: { environmentKeys: ['KEY', 'TOKEN'] },
  },
];

describe('guards', () => {
  it.each(cases)('refuse $title', ({ guard, reason, release, facts, context }) => {
    const wanted = sampleRelease(release);
    const hostFacts = emptyFacts();
    facts?.(hostFacts);
    const { blocked } = samplePlan(
      wanted,
      hostFacts,
      sampleSecrets,
      sampleContext(context?.(wanted)),
    );
    expect(blocked).toEqual([
      { guard, reason: expect.stringMatching(reason), fix: expect.any(String) },
    ]);
  });

  it.each([
    ['nothing is wanted of it', {}],
    ['it has what is wanted', { subnet: '172.18.0.0/16', mtu: 1500, ipv6: false }],
  ])('let a network be that is there, when %s', (_, wanted) => {
    const facts = emptyFacts();
    facts.engine.networks.push(sampleNetwork('ai-stack'));
    const release = sampleRelease({ networks: [{ name: 'ai-stack', ours: true, ...wanted }] });
    expect(samplePlan(release, facts, sampleSecrets, sampleContext()).blocked).toEqual([]);
  });

  it.each([
    ['an IPv6 range on an engine that chooses none', { ipv6: 'fd00:210::/64' }],
    ['a range of its own', { subnet: '10.210.0.0/24' }],
  ])('let a network be made with %s', (_, wanted) => {
    const release = sampleRelease({ networks: [{ name: 'ai-stack', ours: true, ...wanted }] });
    const { blocked, actions } = samplePlan(release, emptyFacts(), sampleSecrets, sampleContext());
    expect(blocked).toEqual([]);
    expect(actions).toContainEqual(
      expect.objectContaining({ kind: 'network', verb: 'create', target: 'ai-stack' }),
    );
  });

  it('let a backup mount the data of what is deployed', () => {
    const release = sampleRelease();
    const facts = factsAfter(planRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
    facts.engine.containers.push({ ...foreign, mountSources: ['/srv/docker/one/store'] });
    expect(samplePlan(release, facts, sampleSecrets, sampleContext()).blocked).toEqual([]);
  });

  it('let a service begin on a further host while the old one stays', () => {
    const context = sampleContext({ allFacts: [oldHost()], placedOn: ['trusted', 'management'] });
    expect(samplePlan(sampleRelease(), emptyFacts(), sampleSecrets, context).blocked).toEqual([]);
  });

  it.each(['running', 'paused', 'restarting'] as const)(
    'know the port of its own %s container',
    (state) => {
      const release = sampleRelease();
      const facts = factsAfter(planRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
      for (const container of facts.engine.containers) container.state = state;
      expect(samplePlan(release, facts, sampleSecrets, sampleContext()).blocked).toEqual([]);
    },
  );

  it('let another address use the port', () => {
    const facts = emptyFacts();
    facts.listening.push({ address: '127.0.0.53', port: 4000, protocol: 'tcp' });
    facts.listening.push({ address: '10.0.0.1', port: 4000, protocol: 'udp' });
    expect(samplePlan(sampleRelease(), facts, sampleSecrets, sampleContext()).blocked).toEqual([]);
  });

  it('name the way to leave port 53 to the DNS server that has it', () => {
    const zoned = sampleRelease();
    const fixOf = (port: number, files = zoned.files) => {
      const ports = [{ address: '10.0.0.1', port, protocol: 'udp' as const }];
      const release = sampleRelease({ ports, files });
      const facts = emptyFacts();
      facts.listening.push({ address: '0.0.0.0', port, protocol: 'udp' });
      return samplePlan(release, facts, sampleSecrets, sampleContext()).blocked[0]?.fix;
    };
    expect(fixOf(53)).toMatch(
      /^see which with ss -ulpn 'sport = :53', and stop it; or leave the zone .* mode: none and server in libs\/inventory\/environments\/lab\/dns\.yaml, and remove one from/,
    );
    expect(fixOf(5353)).toMatch(/and stop it$/);
    const unzoned = zoned.files.filter(({ serialPlaceholder }) => serialPlaceholder === undefined);
    expect(fixOf(53, unzoned)).toMatch(/and stop it$/);
  });

  it('have names that --allow knows', () => {
    const named = cases.flatMap(({ guard }) => guard ?? []);
    expect(new Set(named)).toEqual(
      new Set(
        guardNames.filter(
          (name) =>
            ![
              'foreign-container',
              'hides-records',
              'unresolved-name',
              'zone-circle',
              'image-architecture',
              'removes-most',
            ].includes(name),
        ),
      ),
    );
  });
});

function withGpu(index: string, memoryGiB: number): (facts: HostFacts) => void {
  return (facts) => {
    facts.engine.hasNvidiaRuntime = true;
    facts.details = {
      composeVersion: '2.26.1',
      gpus: [{ index, uuid: `GPU-${index}`, memoryGiB }],
    };
  };
}
