import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Way } from './ask-registry';
import { openRegistry, digestOf, type Registry } from './fixtures/registry';
import { NoImage } from './no-image';
import { readImage, WrongPlatform } from './read-image';

const open: Registry[] = [];
const registryOf = async (...options: Parameters<typeof openRegistry>): Promise<Registry> => {
  const registry = await openRegistry(...options);
  open.push(registry);
  return registry;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
});

const direct: Way = (host, port) => Promise.resolve({ host, port });
const asking = { way: direct, trust: () => createSecureContext() };
const settings = { mirrors: [], insecure: [] };
const read = (image: string, architecture = 'amd64', given = {}, limitMs = 3000) =>
  readImage(image, architecture, settings, {
    ...asking,
    ...given,
    signal: AbortSignal.timeout(limitMs),
  });
/** Why an image was not read. */
async function failure(reading: Promise<unknown>): Promise<NoImage> {
  const error = await reading.catch((caught: unknown) => caught);
  if (!(error instanceof NoImage)) throw new Error(`not a NoImage: ${String(error)}`);
  return error;
}

describe('an image', () => {
  it('is read by tag, without a login, layers or any other question', async () => {
    const registry = await registryOf();
    const config = {
      ...{ User: '65532:65532', Entrypoint: ['/coredns'], Cmd: null, WorkingDir: '/' },
      ...{ ExposedPorts: { '53/udp': {}, '53/tcp': {} }, Volumes: { '/data': {} }, Env: ['A=b'] },
    };
    const digest = registry.image(config);
    registry.tag('coredns/coredns', '1.14.7', digest);
    expect(await read(`${registry.host}/coredns/coredns:1.14.7`)).toEqual({
      ...{ digest, from: `http://${registry.host}`, platform: 'linux/amd64', otherPlatforms: [] },
      ...{ user: '65532:65532', entrypoint: ['/coredns'], command: [], workingDirectory: '/' },
      ...{ ports: ['53/tcp', '53/udp'], volumes: ['/data'] },
    });
    expect(registry.asked.map(({ path }) => path.replace(/sha256:.*/, '<digest>'))).toEqual([
      '/v2/coredns/coredns/manifests/1.14.7',
      '/v2/coredns/coredns/blobs/<digest>',
    ]);
    const [{ accept = '' } = {}] = registry.asked;
    for (const type of ['image.index', 'manifest.list', 'image.manifest', 'manifest.v2'])
      expect(accept).toContain(type);
  });

  it.each(['ociIndex', 'dockerList'] as const)('is chosen from an %s', async (type) => {
    const registry = await registryOf();
    const amd = registry.image({ User: 'amd' }, {}, 'dockerManifest');
    const arm = registry.image({ User: 'arm' }, { architecture: 'arm64', variant: 'v8' });
    const index = registry.index([
      [arm, { os: 'linux', architecture: 'arm64', variant: 'v8' }],
      [digestOf('an attestation'), { os: 'unknown', architecture: 'unknown' }],
      [digestOf('windows'), { os: 'windows', architecture: 'amd64' }],
      [amd, { os: 'linux', architecture: 'amd64' }],
    ]);
    registry.tag('a/b', '1.0.0', index, type);
    const image = `${registry.host}/a/b:1.0.0`;
    expect(await read(image)).toMatchObject({ user: 'amd', digest: index });
    expect(await read(image, 'arm64')).toMatchObject({ user: 'arm', platform: 'linux/arm64/v8' });
    const none = await failure(read(image, 'riscv64'));
    expect(none).toBeInstanceOf(WrongPlatform);
    expect(none).toMatchObject({ platforms: ['linux/amd64', 'linux/arm64/v8', 'windows/amd64'] });
  });

  it('is read by digest, and a configuration without settings is one', async () => {
    const registry = await registryOf();
    const config = registry.put({ os: 'linux', architecture: 'amd64', config: null });
    const mediaType = 'application/vnd.docker.container.image.v1+json';
    const digest = registry.put({ schemaVersion: 2, config: { mediaType, digest: config } });
    registry.tag('a', 'any', digest, 'dockerManifest');
    const seen = await read(`${registry.host}/a:1.0.0@${digest}`);
    expect(seen).toMatchObject({ digest, user: '', entrypoint: [], workingDirectory: '' });
  });

  it('of Docker Hub comes from the first mirror of the engine that has it', async () => {
    const [empty, mirror] = [await registryOf(), await registryOf()];
    mirror.tag('library/debian', '13.1.0', mirror.image());
    const mirrors = [empty, mirror].map(({ host }) => `http://${host}/`);
    const signal = AbortSignal.timeout(3000);
    const seen = await readImage(
      'debian:13.1.0',
      'amd64',
      { mirrors, insecure: [] },
      { ...asking, signal },
    );
    expect(seen.from).toBe(`http://${mirror.host}`);
    expect(empty.asked).toHaveLength(1);
  });
});

describe('a token', () => {
  it('is fetched once where the registry says so, and for what it says', async () => {
    const registry = await registryOf({ token: 'a-token' });
    registry.tag('a/b', '1.0.0', registry.image());
    await read(`${registry.host}/a/b:1.0.0`);
    expect(
      registry.asked.map(({ path, authorization }) => [
        path.replace(/sha256:.*/, ''),
        authorization,
      ]),
    ).toEqual([
      ['/v2/a/b/manifests/1.0.0', undefined],
      ['/token?service=the+registry&scope=repository%3Aa%2Fb%3Apull%2Cpush', undefined],
      ['/v2/a/b/manifests/1.0.0', 'Bearer a-token'],
      ['/v2/a/b/blobs/', 'Bearer a-token'],
    ]);
  });

  it('is not shown to the server to which a blob is redirected', async () => {
    const [registry, storage] = [await registryOf({ token: 'a-token' }), await registryOf()];
    const digest = registry.image({ User: 'kept elsewhere' });
    registry.tag('a/b', '1.0.0', digest);
    storage.image({ User: 'kept elsewhere' });
    registry.instead = ({ url = '' }, response) => {
      if (!url.includes('/blobs/')) return false;
      response.writeHead(307, { location: `http://${storage.host}${url}` }).end();
      return true;
    };
    expect((await read(`${registry.host}/a/b:1.0.0`)).user).toBe('kept elsewhere');
    expect(storage.asked.map(({ authorization }) => authorization)).toEqual([undefined]);
  });
});

describe('what a registry answers instead', () => {
  const answer =
    (status: number, headers: Record<string, string> = {}, body = ''): Registry['instead'] =>
    (_request, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
  const denied = JSON.stringify({ errors: [{ code: 'DENIED', message: 'access is denied' }] });
  it.each<[string, Registry['instead'], RegExp, RegExp]>([
    ['nothing of that name', undefined, /has no such image: manifest unknown/, /tag or digest/],
    [
      'a login is needed',
      answer(401, { 'www-authenticate': 'Basic realm="x"' }),
      /wants a login/,
      /registryMirror/,
    ],
    ['refused', answer(403, {}, denied), /without a login: access is denied/, /pulled by hand/],
    [
      'too many questions',
      answer(429, { 'retry-after': '120' }),
      /refuses more/,
      /in 120 s, or set registryMirror/,
    ],
    [
      'too many until a date',
      answer(429, { 'retry-after': 'Sat, 28 Nov 2026 20:00:00 GMT' }),
      /refuses more/,
      /after 2026-11-28T20:00:00/,
    ],
    ['an error of its own', answer(503), /an error of its own \(503\)/, /later/],
    ['something unknown', answer(418), /answers 418/, /leads to a registry/],
    [
      'a page',
      answer(200, { 'content-type': 'text/html' }, '<html>'),
      /not an image .*text\/html/,
      /name/,
    ],
    [
      'no JSON',
      answer(200, { 'content-type': 'application/vnd.oci.image.index.v1+json' }, '{'),
      /not a description of an image/,
      /name/,
    ],
    [
      'JSON of another kind',
      answer(
        200,
        { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
        '{"config":{"digest":"../x"}}',
      ),
      /not a description/,
      /name/,
    ],
    [
      'redirects for ever',
      answer(307, { location: '/v2/again' }),
      /redirects again and again/,
      /proxy/,
    ],
    ['a redirect to nowhere', answer(302, { location: 'ftp://x/' }), /redirects to ftp:/, /proxy/],
    [
      'more than a few kB',
      answer(200, {}, 'x'.repeat(4 * 1024 * 1024 + 1)),
      /more than 4 MiB/,
      /name/,
    ],
  ])('is explained: %s', async (_title, instead, what, fix) => {
    const registry = await registryOf();
    registry.instead = instead;
    expect(await failure(read(`${registry.host}/a/b:9.9.9`))).toMatchObject({
      ...{ what: expect.stringMatching(what), fix: expect.stringMatching(fix), isAnswer: true },
    });
  });

  it('a token that does not help', async () => {
    const registry = await registryOf({ token: 'a-token' });
    registry.instead = ({ url = '' }, response) => {
      if (!url.startsWith('/token')) return false;
      response.end('{"token":"another"}');
      return true;
    };
    expect((await failure(read(`${registry.host}/a/b:1.0.0`))).what).toMatch(/without a login/);
    expect(registry.asked).toHaveLength(3);
  });

  it.each([
    ['manifest', /\/manifests\//, `a/b:1.0.0@${digestOf('x')}`],
    ['configuration', /\/blobs\//, 'a/b:1.0.0'],
  ])('another %s than its digest says', async (_part, path, name) => {
    const registry = await registryOf();
    registry.tag('a/b', '1.0.0', registry.image({ User: 'x' }));
    registry.instead = ({ url = '' }, response) => {
      if (!path.test(url)) return false;
      response.end('{"os":"linux","architecture":"amd64","config":{"User":"0"}}');
      return true;
    };
    const error = await failure(read(`${registry.host}/${name}`));
    expect(error.what).toMatch(/sends another content than sha256:/);
  });

  it('another thing than an image: a chart, a model', async () => {
    const registry = await registryOf();
    const config = { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: digestOf('x') };
    registry.tag('a/b', '1.0.0', registry.put({ schemaVersion: 2, config }), 'ociManifest');
    expect((await failure(read(`${registry.host}/a/b:1.0.0`))).what).toMatch(
      /not an image for containers: it holds application\/vnd\.cncf\.helm/,
    );
  });
});

describe('a registry that does not answer', () => {
  it('is given up at the end of the time', async () => {
    const registry = await registryOf();
    registry.instead = () => true;
    const error = await failure(read(`${registry.host}/a/b:1.0.0`, 'amd64', {}, 200));
    expect(error).toMatchObject({
      what: expect.stringMatching(/did not answer in time/),
      isAnswer: false,
    });
  });

  it('closes, as a forward does that leads nowhere', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await failure(read(`127.0.0.1:${port}/a/b:1.0.0`));
    server.close();
    expect(error).toMatchObject({
      what: expect.stringMatching(/does not answer/),
      isAnswer: false,
    });
  });
});

describe('by HTTPS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ai-stack-registry-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  let tls: { key: string; cert: string };
  beforeAll(() => {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=registry.test'],
        ...['-addext', 'subjectAltName=DNS:registry.test'],
      ],
      { cwd: directory, stdio: 'pipe' },
    );
    const fileOf = (name: string) => readFileSync(join(directory, name), 'utf8');
    tls = { key: fileOf('key.pem'), cert: fileOf('cert.pem') };
  });
  /** The name leads to the registry of the test, whatever its port. */
  const wayTo =
    ({ host }: Registry): Way =>
    () =>
      Promise.resolve({ host: '127.0.0.1', port: Number(host.split(':')[1]) });

  it('is read when its private CA is known, and refused otherwise', async () => {
    const registry = await registryOf({ tls, token: 'a-token' });
    registry.tag('a/b', '1.0.0', registry.image());
    registry.instead = ({ url = '' }, response) => {
      if (url.startsWith('/token')) return false;
      const realm = 'Bearer realm="https://registry.test/token"';
      const isGood = registry.asked.at(-1)?.authorization === 'Bearer a-token';
      if (!isGood) response.writeHead(401, { 'www-authenticate': realm }).end();
      return !isGood;
    };
    const way = wayTo(registry);
    const trust = () => createSecureContext({ ca: tls.cert });
    const image = 'registry.test/a/b:1.0.0';
    expect(await read(image, 'amd64', { way, trust })).toMatchObject({
      from: 'https://registry.test',
    });
    expect(registry.asked[1]?.path).toBe('/token?scope=repository%3Aa%2Fb%3Apull');
    const error = await failure(read(image, 'amd64', { way }));
    expect(error).toMatchObject({
      fix: expect.stringMatching(/caFile of ingress\.yaml/),
      isAnswer: false,
    });
  });

  it('leads to no token and no blob by HTTP', async () => {
    const registry = await registryOf({ tls });
    registry.instead = (_request, response) => {
      const realm = 'Bearer realm="http://registry.test/token"';
      response.writeHead(401, { 'www-authenticate': realm }).end();
      return true;
    };
    const trust = () => createSecureContext({ ca: tls.cert });
    const reading = read('registry.test/a/b:1.0.0', 'amd64', { way: wayTo(registry), trust });
    expect((await failure(reading)).what).toMatch(/sends for a token to http:/);
  });

  it('is not asked without a certificate unless the engine was told so', async () => {
    const registry = await registryOf();
    registry.tag('a/b', '1.0.0', registry.image());
    const way = wayTo(registry);
    const error = await failure(read('registry.test/a/b:1.0.0', 'amd64', { way }));
    expect(error).toMatchObject({
      what: 'registry.test does not speak HTTPS',
      fix: expect.stringMatching(/insecure-registries/),
    });
    const declared = { mirrors: [], insecure: ['registry.test'] };
    const signal = AbortSignal.timeout(3000);
    const seen = await readImage('registry.test/a/b:1.0.0', 'amd64', declared, {
      ...asking,
      way,
      signal,
    });
    expect(seen.from).toBe('http://registry.test');
  });
});
