import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readEnvironment, readOpenKeys } from '@ai-stack/inventory';
import { namedSchema, schemaPathOf } from '../../../../../libs/inventory/src/schema-path';
import { renderStack } from '@ai-stack/render';
import { createTree } from '@nx/devkit/testing';
import { definitions } from '@ai-stack/testing/sample-environment';
import { parse } from 'yaml';
import { z } from 'zod';
import environment, { nextSteps } from './generator';
import { parseEnvironment, type EnvironmentOptions } from './request';

const six = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant', 'vllm'];
const roots: string[] = [];
afterAll(() => roots.forEach((root) => rmSync(root, { recursive: true })));

const shortest: EnvironmentOptions = { name: 'home', domain: 'home.test', hosts: 'box' };

/** The files that the generator makes, in a workspace with the contracts of the six services. */
async function generate(options: Partial<EnvironmentOptions>) {
  const tree = createTree();
  const before = new Set(tree.listChanges().map(({ path }) => path));
  environment(tree, { ...shortest, ...options });
  const root = mkdtempSync(join(tmpdir(), 'environment-'));
  roots.push(root);
  cpSync('nx.json', join(root, 'nx.json'));
  for (const name of six)
    cpSync(`apps/${name}/service.yaml`, join(root, `apps/${name}/service.yaml`));
  const added = tree.listChanges().filter(({ path }) => !before.has(path));
  for (const { path, content } of added) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content ?? '');
  }
  return {
    root,
    types: new Set(added.map(({ type }) => type)),
    files: added.map(({ path }) => path),
  };
}

const ofSix = Object.fromEntries(six.map((name) => [name, definitions[name]!]));
const optionSchemas = Object.fromEntries(
  Object.entries(ofSix).map(([name, definition]) => [name, definition.options]),
);

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];
const readSchema = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as JsonSchema;

function answered(root: string) {
  const values: Record<string, unknown> = {
    upstreams: ['192.168.1.1'],
    network: 'proxy',
    certResolver: null,
    url: 'https://auth.home.test',
  };
  const answers = readOpenKeys(root, 'home').map(({ file, key }, at) => ({
    ...{ file, key },
    value: key === 'address' ? `192.168.1.${10 + at}` : values[key],
  }));
  return readEnvironment(root, 'home', { variables: {}, answers, optionSchemas });
}

describe('a new environment', () => {
  it.each<[string, Partial<EnvironmentOptions>, string[], string[], string[]]>([
    [
      'one host without a GPU',
      {},
      ['dns.upstreams', 'box.address', 'ingress.network', 'ingress.certResolver', 'sso.url'],
      ['box: dns litellm ollama open-webui qdrant'],
      ['nomic-embed-text cpu', 'qwen2.5-3b cpu'],
    ],
    [
      'two hosts with addresses, a GPU of 24 GiB, and a user with sudo on another port',
      {
        hosts: 'box=192.168.1.10, gpu.home.test=192.168.1.11',
        gpu: 24,
        user: 'ops',
        port: '2222',
        sudo: true,
      },
      ['dns.upstreams', 'ingress.network', 'ingress.certResolver', 'sso.url'],
      ['box: dns litellm open-webui', 'gpu: ollama qdrant'],
      ['nomic-embed-text 1', 'qwen2.5-14b 13'],
    ],
    [
      'three hosts, and room for vLLM',
      { hosts: 'box,spare,gpu', gpu: '34' },
      [
        'dns.upstreams',
        'box.address',
        'gpu.address',
        'spare.address',
        'ingress.network',
        'ingress.certResolver',
        'sso.url',
      ],
      ['box: dns litellm open-webui', 'gpu: ollama qdrant vllm', 'spare: '],
      ['nomic-embed-text 1', 'qwen2.5-14b 13', 'qwen2.5-7b-instruct 20'],
    ],
    [
      'the smallest GPU',
      { gpu: 5 },
      ['dns.upstreams', 'box.address', 'ingress.network', 'ingress.certResolver', 'sso.url'],
      ['box: dns litellm ollama open-webui qdrant'],
      ['nomic-embed-text 1', 'qwen2.5-3b 4'],
    ],
    [
      'a DNS server of their own, which may have names of any zone',
      { hosts: 'box.other.test', dns: '192.168.1.53' },
      ['box.address', 'ingress.network', 'ingress.certResolver', 'sso.url'],
      ['box: litellm ollama open-webui qdrant'],
      ['nomic-embed-text cpu', 'qwen2.5-3b cpu'],
    ],
  ])(
    'with %s has few open keys, and renders once they are answered',
    async (_, options, open, hosts, models) => {
      const { root, types } = await generate(options);
      // Nothing that is there is changed.
      expect([...types]).toEqual(['CREATE']);
      const keys = readOpenKeys(root, 'home').map(
        ({ file, key }) => `${file.split('/').at(-1)!.replace('.yaml', '')}.${key}`,
      );
      expect(keys.sort()).toEqual([...open].sort());
      const environment = answered(root);
      expect(
        environment.hosts.map(({ name, services }) => `${name}: ${services.join(' ')}`),
      ).toEqual(hosts);
      expect(
        environment.models.map(({ name, gpu }) => `${name} ${gpu?.memoryGiB ?? 'cpu'}`),
      ).toEqual(models);
      const releases = renderStack(environment, ofSix);
      expect(releases.map(({ service }) => service).sort()).toEqual(
        environment.hosts.flatMap(({ services }) => services).sort(),
      );
    },
  );

  it('names in each file the schema by which it is valid', async () => {
    const { root, files } = await generate({ hosts: 'box,gpu', gpu: 34 });
    expect(files.length).toBeGreaterThan(14);
    const wrong = files.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const schema = namedSchema(text);
      if (schema === undefined || schema !== schemaPathOf(file)) return [`${file}: ${schema}`];
      const { error } = z
        .fromJSONSchema(readSchema(join(dirname(file), schema)))
        .safeParse(parse(text));
      return error === undefined ? [] : [`${file}: ${error.message}`];
    });
    expect(wrong).toEqual([]);
  });

  it('says how SSH gets there', async () => {
    const { root } = await generate({ user: 'ops', port: 2222, sudo: true });
    const { hosts } = answered(root);
    expect(hosts.map(({ ssh }) => ssh)).toEqual([{ user: 'ops', port: 2222, sudo: true }]);
  });

  it('leaves the zone to the DNS server that is named', async () => {
    const { root, files } = await generate({ dns: '192.168.1.53' });
    expect(answered(root).dns).toMatchObject({ mode: 'none', server: '192.168.1.53' });
    expect(files.filter((file) => file.startsWith('apps/dns/'))).toEqual([]);
  });

  it('keeps its secrets where git does not look', async () => {
    const { root } = await generate({});
    expect(answered(root).settings.secretsFile).toBe('.secrets/home.env');
  });

  it.each<[string, Partial<EnvironmentOptions>, RegExp]>([
    ['a name that exists', { name: 'lab' }, /--name: the environment lab exists already/],
    ['a name that is none', { name: 'My Home' }, /--name: "My Home": lower-case/],
    ['a domain of one label', { domain: 'home' }, /--domain: "home": a DNS name/],
    ['no host', { hosts: ' , ' }, /--hosts: there is no host/],
    ['a host twice', { hosts: 'box,box.home.test' }, /--hosts: two hosts are called box/],
    [
      'an address twice',
      { hosts: 'box=10.0.0.1,two=10.0.0.1' },
      /two hosts have the address 10\.0\.0\.1/,
    ],
    [
      'an address of every machine',
      { hosts: 'box=0.0.0.0' },
      /--hosts: "0\.0\.0\.0": the address of one machine, as others reach it/,
    ],
    ['no address', { hosts: 'box=nowhere' }, /--hosts: "nowhere": an IPv4 or IPv6 address/],
    [
      'a host outside of the domain',
      { hosts: 'box.other.test' },
      /--hosts: box\.other\.test is outside home\.test/,
    ],
    [
      'a DNS server at an address of every machine',
      { dns: '0.0.0.0' },
      /--dns: "0\.0\.0\.0": the address of one/,
    ],
    ['a GPU that holds no model', { gpu: 2 }, /--gpu: 2: whole GiB from 5, or 0/],
    ['a GPU that is not a number', { gpu: 'big' }, /--gpu/],
    ['no port', { port: 0 }, /--port/],
    ['a user that is none', { user: 'a b' }, /--user: "a b"/],
    ['sudo without a user', { sudo: true }, /--sudo: sudo is for a user who is not root/],
  ])('refuses %s', (_, options, message) => {
    expect(() => parseEnvironment({ ...shortest, ...options }, ['lab'])).toThrow(message);
  });

  it('reports everything that is wrong at once, and writes nothing', async () => {
    const tree = createTree();
    const before = tree.listChanges().length;
    const wrong = { ...shortest, name: 'x_', domain: 'y', hosts: 'a=b', gpu: -1 };
    const error: unknown = await Promise.resolve()
      .then(() => environment(tree, wrong))
      .catch((caught: unknown) => caught);
    for (const flag of ['name', 'domain', 'hosts', 'gpu'])
      expect(String(error)).toContain(`--${flag}: `);
    expect(tree.listChanges()).toHaveLength(before);
  });

  it('says what comes next', () => {
    expect(nextSteps(parseEnvironment(shortest, []))).toMatch(
      /box: dns.*\n.*libs\/inventory\/environments\/home\/[^]*stack:discover:home --write[^]*stack:plan:home/,
    );
  });
});
