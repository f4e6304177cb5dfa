import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import type { ImageNeeds, Release } from '@ai-stack/core';
import type { HostFacts, OpenHost } from '@ai-stack/deploy';
import { openConnection, type Connection } from '@ai-stack/ssh';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { sshdPath, startSshd, type LocalSshd } from '@ai-stack/testing/sshd';
import { openRegistry, type Registry } from '../images/fixtures/registry';
import { checkFirstImages } from './first-images';

jest.setTimeout(30_000);
if (sshdPath === undefined) console.warn('images by a host are not tested: install openssh-server');

const needs: ImageNeeds = { entrypoints: ['/notes'], ports: [], mounts: [], writes: [] };

(sshdPath === undefined ? describe.skip : describe)('the first plan, over a real sshd', () => {
  let registry: Registry;
  let sshd: LocalSshd;
  let connection: Connection;
  const notes: string[] = [];

  beforeAll(async () => {
    sshd = await startSshd();
    connection = await openConnection(sshd.host(), { root: sshd.root });
  });
  beforeEach(async () => {
    registry = await openRegistry();
    notes.length = 0;
  });
  afterEach(() => registry.close());
  afterAll(async () => {
    await connection.close();
    await sshd.stop();
  });

  const environment = labEnvironment();
  const imageOf = (tag: string) => `${registry.host}/notes/${tag}:1.0.0`;
  const tag = (name: string, digest: string): void =>
    registry.tag(`notes/${name}`, '1.0.0', digest);
  const release = (name: string): Release =>
    ({
      ...{ service: 'notes', host: 'local', imageNeeds: { [name]: needs } },
      containers: [{ name, image: imageOf(name) }],
    }) as unknown as Release;
  /** Of a host of which nothing else is read here. */
  const factsOf = (images: string[] = [], deployedFor?: string): HostFacts[] => {
    const services =
      deployedFor === undefined ? {} : { dns: { current: { environment: deployedFor } } };
    const engine = {
      ...{ architecture: 'amd64', registries: { mirrors: [], insecure: [] } },
      images: images.map((name) => ({ id: name, tags: [name], digests: [] })),
    };
    return [{ host: 'local', engine, services }] as unknown as HostFacts[];
  };
  const check = (limitMs?: number) => {
    const hosts = [{ host: { name: 'local' }, connection }] as unknown as OpenHost[];
    const note = (text: string): void => void notes.push(text);
    return checkFirstImages({ root: process.cwd(), environment }, hosts, note, limitMs);
  };

  it('finds nothing in images that are as assumed', async () => {
    tag('good', registry.image({ Entrypoint: ['/notes'] }));
    expect(await check()([release('good')], factsOf())).toEqual([]);
    expect(notes).toEqual([]);
  });

  it('blocks an image for another processor, and warns of all else', async () => {
    const arm = { os: 'linux', architecture: 'arm64' };
    tag('arm', registry.image({ Entrypoint: ['/notes'] }, arm));
    tag('index', registry.index([[registry.image({}, arm), arm]]));
    tag('other', registry.image({ Entrypoint: ['/bin/sh'] }));
    const busy = ['arm', 'index', 'other', 'absent'].map(release);
    const found = await check()(busy, factsOf());
    const architecture = (name: string) => ({
      guard: 'image-architecture',
      reason: `the architecture of ${imageOf(name)} is linux/arm64; expected: linux/amd64, which local runs`,
      fix: expect.stringMatching(/image in apps\/notes\/environments\/\w+\.yaml/),
    });
    const place = { service: 'notes', host: 'local' };
    expect(found).toEqual([
      { ...place, blocked: architecture('arm') },
      { ...place, blocked: architecture('index') },
      {
        ...place,
        warning: {
          reason: `the entrypoint of ${imageOf('other')} is /bin/sh; expected: /notes`,
          fix: expect.stringMatching(/apps\/notes\/service\.ts/),
        },
      },
      {
        ...place,
        warning: {
          reason: expect.stringMatching(/has no such image: manifest unknown/),
          fix: expect.stringMatching(/tag or digest \(image in apps\/notes\//),
        },
      },
    ]);
  });

  it('notes a registry that does not answer, and waits no longer than it may', async () => {
    registry.instead = () => true;
    const begun = performance.now();
    expect(await check(300)([release('slow')], factsOf())).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(notes).toEqual([
      expect.stringMatching(
        /not compared .*notes\/slow:1\.0\.0 \(.* in time\).*nx run stack:check-images/,
      ),
    ]);
  });

  it('asks no registry where something was deployed, for images that are there, and twice', async () => {
    tag('good', registry.image({ Entrypoint: ['/notes'] }));
    const busy = [release('good')];
    expect(await check()(busy, factsOf([], environment.name))).toEqual([]);
    expect(await check()(busy, factsOf([imageOf('good')]))).toEqual([]);
    expect(registry.asked).toEqual([]);
    const first = check();
    // What another environment deployed there is not this one's.
    await Promise.all([first(busy, factsOf([], 'another')), first(busy, factsOf([], 'another'))]);
    expect(registry.asked).toHaveLength(2);
  });
});
