import { createHash } from 'node:crypto';
import { labels, Secret, type Release } from '@ai-stack/core';
import type { ContainerFact } from '@ai-stack/docker';
import type { HostFacts } from './host-facts';
import { configHashLabel } from './judge-container';
import type { PlanContext, PlannedRelease } from './plan-release';
import { renderManifest } from './render-manifest';
import { sha256 } from './stage-files';

/** A release of one container with a plain file, a zone, a secret and a model; for tests. */
export function sampleRelease(changes: Partial<Release> = {}): Release {
  const compose = 'services: { main: { environment: { KEY: "${KEY}" } } }\n';
  const file = (path: string, content: string): Release['files'][number] => ({
    path,
    content,
    sha256: sha256(content),
    mode: '0644',
    onChange: 'none',
    containers: [],
  });
  const release: Omit<Release, 'contentHash'> = {
    version: 1,
    environment: 'lab',
    service: 'one',
    host: 'trusted',
    project: 'ai-one',
    stackDirectory: '/opt/stacks/ai/one',
    files: [
      file('/opt/stacks/ai/one/compose.yaml', compose),
      {
        ...file('/srv/docker/one/config/config.yaml', 'a: 1\n'),
        onChange: 'recreate',
        containers: ['main'],
      },
      {
        ...file('/srv/docker/one/config/zone', '@ SOA ns. mail. @SERIAL@ 1 2 3 4\nx A 10.0.0.1\n'),
        onChange: 'reload',
        containers: ['main'],
        serialPlaceholder: '@SERIAL@',
      },
    ],
    directories: [
      { path: '/srv/docker/one/config', mode: '0755', uid: 0, gid: 0, purpose: 'config' },
      { path: '/srv/docker/one/store', mode: '0750', uid: 1000, gid: 1000, purpose: 'data' },
    ],
    containers: [
      {
        name: 'main',
        image: 'registry.test/one:1.0.0',
        hasHealthcheck: true,
        healthDeadlineSeconds: 30,
        contentHash: sha256('main'),
      },
    ],
    networks: [
      { name: 'ai-stack', ours: true },
      { name: 'proxy', ours: false },
    ],
    ports: [{ address: '10.0.0.1', port: 4000, protocol: 'tcp' }],
    routers: ['one-public'],
    secrets: [
      { key: 'KEY', source: { kind: 'generated', bytes: 8, prefix: '' }, description: 'its key' },
    ],
    environmentKeys: ['KEY'],
    gpuMemory: [],
    pullModels: ['small:1b'],
    updateOrder: 'stop-first',
    migration: 'none',
    settings: {
      main: {
        networks: [
          { name: 'ai-stack', aliases: ['one'] },
          { name: 'proxy', aliases: [] },
        ],
        ports: [{ address: '10.0.0.1', port: 4000, protocol: 'tcp' }],
        memoryBytes: 0,
        cpus: 0,
        restart: 'unless-stopped',
      },
    },
    probes: [],
    ...changes,
  };
  const contentHash = createHash('sha256').update(JSON.stringify(release)).digest('hex');
  return { contentHash, ...release };
}

export const sampleSecrets = new Map([['KEY', new Secret('first-secret')]]);

/** A host on which nothing was ever deployed. */
export function emptyFacts(host = 'trusted'): HostFacts {
  return {
    host,
    engine: {
      engineVersion: '26.1.5',
      apiVersion: '1.45',
      hasNvidiaRuntime: false,
      containers: [],
      images: [],
      networks: [{ name: 'proxy', labels: {} }],
    },
    clockSeconds: 1_800_000_000,
    memoryGiB: 16,
    freeGiB: { '/opt/stacks/ai': 100, '/srv/docker': 100, '/var/lib/docker': 100 },
    strayFiles: [],
    hasHandMadeStack: false,
    hold: undefined,
    listening: [],
    services: {},
    paths: {},
    contents: {},
    details: { composeVersion: '2.26.1', gpus: [] },
  };
}

export function sampleContext(changes: Partial<PlanContext> = {}): PlanContext {
  return {
    stackRoot: '/opt/stacks/ai',
    dataRoot: '/srv/docker',
    gpus: [],
    releasesOnHost: [],
    placedOn: ['trusted'],
    allFacts: [],
    today: new Date('2026-11-23T10:00:00Z'),
    ...changes,
  };
}

/** A container as it runs once its release is applied. */
export function sampleContainer(
  release: Release,
  changes: Partial<ContainerFact> = {},
): ContainerFact {
  const [wanted] = release.containers;
  return {
    id: 'c1',
    name: `${release.project}-main-1`,
    project: release.project,
    service: 'main',
    image: wanted?.image ?? '',
    imageId: 'sha256:aaaa',
    state: 'running',
    health: 'healthy',
    restartCount: 0,
    labels: {
      [labels.content]: wanted?.contentHash ?? '',
      [labels.environment]: release.environment,
      [labels.service]: release.service,
      [configHashLabel]: 'config-hash',
    },
    mountSources: release.directories.map(({ path }) => path),
    ports: release.ports.map((port) => ({ ...port })),
    networks: release.networks.map(({ name }) => name).sort(),
    addresses: {},
    ...changes,
  };
}

/** What the host says once `planned` was applied: what `applyPlan` does, as facts. */
export function factsAfter({ release, facts, files, env }: PlannedRelease): HostFacts {
  const container = sampleContainer(release);
  const image = {
    id: 'sha256:aaaa',
    tags: release.containers.map((one) => one.image),
    digests: [],
  };
  const owner = { mode: '0644', uid: 0, gid: 0 };
  const author = { commit: 'c0ffee', who: 'ann', when: '2026-11-23T10:00:00.000Z' };
  return {
    ...facts,
    engine: {
      ...facts.engine,
      containers: [container],
      images: [image],
      networks: [...facts.engine.networks, { name: 'ai-stack', labels: {} }],
    },
    listening: release.ports.map((port) => ({ ...port })),
    services: {
      [release.service]: {
        current: renderManifest({ release, files, env }, [container], [image], author),
        pending: undefined,
        converged: undefined,
        env: env.text,
        envSha256: env.sha256 ?? undefined,
        fence: 0,
      },
    },
    paths: {
      ...Object.fromEntries(
        files.map(({ file, writtenSha256 }) => [
          file.path,
          { kind: 'file' as const, ...owner, mode: file.mode, sha256: writtenSha256 },
        ]),
      ),
      [`${release.stackDirectory}/.env`]: {
        kind: 'file',
        ...owner,
        mode: '0600',
        sha256: env.sha256 ?? '',
      },
      ...Object.fromEntries(
        release.directories.map(({ path, mode, uid, gid }) => [
          path,
          { kind: 'directory' as const, mode, uid, gid, isEmpty: false },
        ]),
      ),
    },
    contents: Object.fromEntries(
      files
        .filter(({ serial }) => serial !== undefined)
        .map(({ file, content }) => [file.path, content]),
    ),
  };
}
