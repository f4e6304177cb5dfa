import { describe, expect, it } from '@jest/globals';
import { isEmptyPlan, labels, Secret, type Action, type Plan, type Release } from '@ai-stack/core';
import type { ContainerFact } from '@ai-stack/docker';
import type { HostFacts } from '../facts/host-facts';
import { ofKind } from './change';
import { planOf, planRelease } from './plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContainer,
  sampleContext,
  sampleNetwork,
  samplePlan,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';
import { sha256 } from './files';

const config = '/srv/docker/one/config/config.yaml';
const zone = '/srv/docker/one/config/zone';

function settled(release: Release = sampleRelease()): HostFacts {
  return factsAfter(planRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
}

function plan(release: Release, facts: HostFacts, secrets = sampleSecrets): Plan {
  return samplePlan(release, facts, secrets, sampleContext());
}

function changes(of: Plan): string[] {
  return of.actions
    .filter(({ verb }) => verb !== 'keep')
    .map(({ kind, verb, target }) => `${kind} ${verb} ${target.split('/').at(-1) ?? ''}`);
}

function withFile(path: string, content: string): Release {
  const { files, contentHash, ...rest } = sampleRelease();
  expect(contentHash).toHaveLength(64);
  return sampleRelease({
    ...rest,
    files: files.map((file) =>
      file.path === path ? { ...file, content, sha256: sha256(content) } : file,
    ),
  });
}

describe('planRelease', () => {
  it('creates everything on an empty host, in order', () => {
    const first = plan(sampleRelease(), emptyFacts());
    expect(changes(first)).toEqual([
      'network create ai-stack',
      'directory create config',
      'directory create store',
      'image create one:1.0.0',
      'file create compose.yaml',
      'file create config.yaml',
      'file create zone',
      'secrets create KEY',
      'container create main',
      'model create small:1b',
      `release create ${sampleRelease().contentHash.slice(0, 12)}`,
    ]);
    expect(first.blocked).toEqual([]);
  });

  it('is empty once applied, and says why for each action', () => {
    const second = plan(sampleRelease(), settled());
    expect(changes(second)).toEqual([]);
    expect(isEmptyPlan(second)).toBe(true);
    expect(second.actions.every((action) => action.reason !== '')).toBe(true);
    expect(second.blocked).toEqual([]);
  });

  it('tells drift from what the repository changed, from a new secret and from an interruption', () => {
    const path = { kind: 'file', mode: '0644', uid: 0, gid: 0, sha256: 'other' } as const;
    const edited = settled();
    edited.paths[config] = path;
    expect(plan(sampleRelease(), edited).isDrift).toBe(true);
    expect(plan(withFile(config, 'new'), settled()).isDrift).toBe(false);
    const rotated = plan(sampleRelease(), settled(), new Map([['KEY', new Secret('another')]]));
    expect({ ...rotated, isEmpty: isEmptyPlan(rotated) }).toMatchObject({
      isDrift: false,
      isEmpty: false,
    });
    edited.services['one']!.journal = { version: 1, release: 'a', commit: null, who: '', when: '' };
    expect(plan(sampleRelease(), edited).isDrift).toBe(false);
    expect(plan(sampleRelease(), settled()).isDrift).toBe(false);
  });

  it('holds no secret', () => {
    const secrets = new Map([['KEY', new Secret('never-to-be-seen')]]);
    const of = [
      plan(sampleRelease(), emptyFacts(), secrets),
      plan(sampleRelease(), settled(), secrets),
    ];
    expect(JSON.stringify(of)).not.toMatch(/never-to-be-seen|first-secret/);
  });

  it.each<[string, (facts: HostFacts) => void, string[]]>([
    ['a stopped container', (facts) => (main(facts).state = 'exited'), ['container update main']],
    ['a paused one', (facts) => (main(facts).state = 'paused'), ['container replace main']],
    ['an unhealthy one', (facts) => (main(facts).health = 'unhealthy'), ['container replace main']],
    [
      'one of an older content',
      (facts) => (main(facts).labels[labels.content] = 'x'),
      ['container replace main'],
    ],
    [
      'one that was recreated by hand',
      (facts) => (main(facts).labels['com.docker.compose.config-hash'] = 'x'),
      ['container replace main'],
    ],
    [
      'one that left its network by hand',
      (facts) => (main(facts).networks = ['proxy']),
      ['container replace main'],
    ],
    [
      'an override of its compose.yaml',
      (facts) => (facts.strayFiles = ['/opt/stacks/ai/one/compose.override.yaml']),
      ['file remove compose.override.yaml'],
    ],
    [
      'an image that was pulled again',
      (facts) => (facts.engine.images[0]!.id = 'sha256:bbbb'),
      ['container replace main'],
    ],
    [
      'an image that is gone',
      (facts) => (facts.engine.images = []),
      ['image create one:1.0.0', 'container replace main'],
    ],
    ['no container', (facts) => (facts.engine.containers = []), ['container create main']],
    [
      'a container that the release no longer has',
      (facts) =>
        facts.engine.containers.push(
          sampleContainer(sampleRelease(), { id: 'c2', name: 'ai-one-old-1', service: 'old' }),
        ),
      ['container remove ai-one-old-1'],
    ],
    [
      'a container that an interrupted update left next to the old one',
      (facts) => facts.engine.containers.unshift(unfinished()),
      ['container update main'],
    ],
    [
      'one that it left next to an old one that does not run',
      (facts) => {
        main(facts).state = 'exited';
        facts.engine.containers.unshift(unfinished());
      },
      ['container update main'],
    ],
    [
      'one that it left alone',
      (facts) => (facts.engine.containers = [unfinished()]),
      ['container create main'],
    ],
    [
      'no network',
      (facts) => (facts.engine.networks = [sampleNetwork('proxy')]),
      ['network create ai-stack'],
    ],
    [
      'an edited file',
      (facts) => (fileFact(facts, config).sha256 = sha256('b')),
      ['file update config.yaml', 'container replace main'],
    ],
    [
      'a file of another mode',
      (facts) => (fileFact(facts, config).mode = '0600'),
      ['file update config.yaml'],
    ],
    [
      'a missing file',
      (facts) => Reflect.deleteProperty(facts.paths, config),
      ['file create config.yaml', 'container replace main'],
    ],
    [
      'a directory of another owner',
      (facts) => (facts.paths['/srv/docker/one/config']!.uid = 7),
      ['directory update config'],
    ],
    [
      'an open .env',
      (facts) => (facts.paths['/opt/stacks/ai/one/.env']!.mode = '0644'),
      ['secrets update .env'],
    ],
    [
      'an edited .env',
      (facts) => (facts.services['one']!.envSha256 = 'other'),
      ['container replace main'],
    ],
    [
      'an emptied store',
      (facts) => Object.assign(facts.paths['/srv/docker/one/store']!, { isEmpty: true }),
      ['model create small:1b'],
    ],
    [
      'an interrupted deploy',
      (facts) =>
        (facts.services['one']!.journal = {
          version: 1,
          release: 'abc',
          commit: null,
          who: 'ann',
          when: '',
        }),
      [],
    ],
    [
      'no record',
      (facts) => (facts.services['one']!.current = undefined),
      ['model create small:1b'],
    ],
  ])('fixes %s', (_title, spoil, expected) => {
    const facts = settled();
    spoil(facts);
    const found = changes(plan(sampleRelease(), facts));
    expect(found.slice(0, -1)).toEqual(expected);
    expect(found.at(-1)).toMatch(/^release (?:update|create) /);
  });

  it('replaces containers on request, which is not drift', () => {
    const again = (facts: HostFacts) =>
      samplePlan(sampleRelease(), facts, sampleSecrets, sampleContext({ isReplaced: true }));
    const replaced = again(settled());
    expect(changes(replaced)).toEqual([
      'container replace main',
      `release update ${sampleRelease().contentHash.slice(0, 12)}`,
    ]);
    expect(replaced.isDrift).toBe(false);
    const stopped = settled();
    main(stopped).state = 'exited';
    expect(changes(again(stopped))[0]).toBe('container replace main');
    const empty = planRelease(
      ...([sampleRelease(), emptyFacts(), sampleSecrets] as const),
      sampleContext({ isReplaced: true }),
    );
    expect(ofKind(empty.changes, 'container')[0]?.verb).toBe('create');
    const forced = planRelease(
      ...([sampleRelease(), settled(), sampleSecrets] as const),
      sampleContext({ isReplaced: true }),
    );
    expect(ofKind(forced.changes, 'container')[0]?.isForced).toBe(true);
  });

  it('starts the new one first where the service does so anyway', () => {
    const release = sampleRelease({
      updateOrder: 'start-first',
      ports: [],
      settings: undefined,
      containers: [{ ...sampleRelease().containers[0]!, drain: ['touch', '/tmp/draining'] }],
    });
    const context = sampleContext({ isReplaced: true });
    const facts = settled(release);
    const first = () =>
      ofKind(planRelease(release, facts, sampleSecrets, context).changes, 'container')[0];
    expect(first()).toMatchObject({ verb: 'replace', isStartFirst: true });
    // What an interrupted update left has never had a request, whatever its routes say.
    const routes = { 'traefik.http.routers.one.rule': 'Host(`other`)' };
    const left = unfinished();
    facts.engine.containers.push({ ...left, labels: { ...left.labels, ...routes } });
    expect(first()).toMatchObject({ verb: 'replace', isStartFirst: true });
  });

  it('says that a deploy is in progress instead of finishing an interrupted one', () => {
    const facts = settled();
    const service = facts.services['one']!;
    service.journal = { version: 1, release: 'abc', commit: null, who: '', when: '' };
    const reason = () => plan(sampleRelease(), facts).actions.at(-1)?.reason;
    expect(reason()).toBe('finish the interrupted deploy of abc');
    service.running = 'deploy one by ann@desk since 2026-11-23T10:00:00Z';
    expect(reason()).toMatch(/^deploy one by ann@desk since \S+ is in progress;/);
  });

  it('leaves an override in the directory of another service to that one', () => {
    const facts = settled();
    facts.strayFiles = ['/opt/stacks/ai/one-more/compose.override.yaml'];
    expect(changes(plan(sampleRelease(), facts))).toEqual([]);
  });

  it('does not take the record for what an interrupted deploy started', () => {
    const facts = settled();
    main(facts).labels['com.docker.compose.config-hash'] = 'new';
    facts.services['one']!.journal = { version: 1, release: 'a', commit: null, who: '', when: '' };
    expect(changes(plan(sampleRelease(), facts))).toEqual([
      expect.stringMatching(/^release update/),
    ]);
  });

  it('leaves what a program did to its own data directory', () => {
    const facts = settled();
    Object.assign(facts.paths['/srv/docker/one/store']!, { uid: 42, mode: '0700' });
    expect(changes(plan(sampleRelease(), facts))).toEqual([]);
  });

  it('keeps a key of .env that the release does not use', () => {
    const facts = settled();
    const text = `${facts.services['one']!.env!.reveal()}OLD=kept\n`;
    facts.services['one']!.env = new Secret(text);
    facts.services['one']!.envSha256 = sha256(text);
    const planned = planRelease(sampleRelease(), facts, sampleSecrets, sampleContext());
    expect(ofKind(planned.changes, 'env')[0]?.text.reveal()).toContain('OLD');
    expect(keyAction(planOf(planned), 'OLD')?.verb).toBe('keep');
  });

  it('replaces only the containers that read a changed key', () => {
    const compose = 'services: { main: { environment: { A: "$$KEY" } } }\n';
    const release = withFile('/opt/stacks/ai/one/compose.yaml', compose);
    const secrets = new Map([['KEY', new Secret('second-secret')]]);
    const facts = settled(release);
    expect(changes(plan(release, facts, secrets))[0]).toBe('secrets update KEY');
    expect(changes(plan(release, facts, secrets)).join()).not.toContain('container');
    expect(changes(plan(sampleRelease(), settled(), secrets))).toContain('container replace main');
  });

  it('removes a file that the release no longer has', () => {
    const all = sampleRelease();
    const fewer = sampleRelease({ files: all.files.filter(({ path }) => path !== config) });
    expect(changes(plan(fewer, settled(all)))[0]).toBe('file remove config.yaml');
  });

  it('raises the serial of a changed zone by one and recreates nothing', () => {
    const release = withFile(zone, '@ SOA ns. mail. @SERIAL@ 1 2 3 4\nx A 10.0.0.2\n');
    const found = plan(release, settled());
    expect(changes(found)).toEqual(['file update zone', expect.stringMatching(/^release update/)]);
    expect(found.actions.find(({ target }) => target === zone)?.after).toBe('serial 2026112302');
  });
});

function main(facts: HostFacts): HostFacts['engine']['containers'][number] {
  return facts.engine.containers[0]!;
}

/** What Compose made next to the old container, and did not start. */
function unfinished(): ContainerFact {
  const name = '4df348afb3f1_ai-one-main-1';
  return sampleContainer(sampleRelease(), { id: 'c0', name, state: 'created', health: 'none' });
}

function fileFact(facts: HostFacts, path: string): { sha256: string; mode: string } {
  const fact = facts.paths[path];
  if (fact?.kind !== 'file') throw new Error(`${path} is not a file`);
  return fact;
}

function keyAction(of: Plan, key: string): Action | undefined {
  return of.actions.find(({ kind, target }) => kind === 'secrets' && target === key);
}
