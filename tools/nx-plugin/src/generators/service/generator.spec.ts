import { describe, expect, it } from '@jest/globals';
import { contractSchema } from '@ai-stack/core';
import { namedSchema, schemaPathOf } from '../../../../../libs/inventory/src/schema-path';
import { parse } from 'yaml';
import { smallWorkspace, trustedHost } from '../../../fixtures/small-workspace';
import service from './generator';
import { nextSteps } from './next-steps';
import { parseRequest, type ServiceOptions } from './request';
import { readScene } from './scene';
import { goldensOf } from './write-derived';

const hosts = (environment: string) => `libs/inventory/environments/${environment}/hosts`;
const shortest: ServiceOptions = { name: 'notes', image: 'example/notes:1.2.3', port: '8080' };

async function generate(options: Partial<ServiceOptions> = {}) {
  const tree = smallWorkspace();
  const before = new Set(tree.listChanges().map(({ path }) => path));
  service(tree, { ...shortest, ...options });
  const added = tree.listChanges().map(({ path }) => path);
  const read = (path: string) => tree.read(path, 'utf8') ?? '';
  return { read, added: added.filter((path) => !before.has(path)).sort() };
}

describe('the files of a new service', () => {
  it('are its directory, with options for every environment', async () => {
    const { added, read } = await generate();
    expect(added).toEqual([
      'apps/notes/README.md',
      'apps/notes/environments/lab.yaml',
      'apps/notes/environments/prod.yaml',
      'apps/notes/project.json',
      'apps/notes/service.spec.ts',
      'apps/notes/service.ts',
      'apps/notes/service.yaml',
    ]);
    expect(read('apps/notes/environments/prod.yaml')).toBe(
      '# yaml-language-server: $schema=../options.schema.json\nimage: example/notes:1.2.3\n',
    );
    expect(namedSchema(read('apps/notes/service.yaml'))).toBe(
      schemaPathOf('apps/notes/service.yaml'),
    );
    expect(JSON.parse(read('apps/notes/project.json'))).toEqual({
      name: 'notes',
      tags: ['owner:base'],
    });
  });

  it('keep comments and order of the host that it is placed on', async () => {
    const { read } = await generate();
    expect(read(`${hosts('lab')}/trusted.yaml`)).toBe(
      trustedHost.replace('  - webui\n', '  - notes\n  - webui\n'),
    );
    expect(read(`${hosts('prod')}/trusted.yaml`)).not.toContain('notes');
    expect(read(`${hosts('lab')}/gpu.yaml`)).not.toContain('notes');
  });

  it('place it where it is asked for', async () => {
    const { read } = await generate({ host: 'gpu', environments: 'prod,lab' });
    for (const environment of ['lab', 'prod']) {
      expect(read(`${hosts(environment)}/gpu.yaml`)).toMatch(/services: \[ ?engine, notes ?\]/);
      expect(read(`${hosts(environment)}/trusted.yaml`)).not.toContain('notes');
    }
  });

  it.each<[Partial<ServiceOptions>, object]>([
    [
      {},
      {
        endpoints: [
          { name: 'api', port: 8080, protocol: 'http', label: 'notes', exposure: 'internal' },
        ],
        needs: [],
        reads: [],
        probeReads: ['ingress', 'consumers', 'vantages'],
      },
    ],
    [
      { exposure: 'public', needs: 'gateway', label: 'memo' },
      {
        endpoints: [
          { name: 'web', port: 8080, protocol: 'http', label: 'memo', exposure: 'public' },
        ],
        needs: [
          { service: 'gateway', optional: false },
          { service: 'dns', optional: true },
        ],
        reads: ['ingress', 'consumers'],
        probeReads: ['sso'],
      },
    ],
    [{ needs: 'dns' }, { needs: [{ service: 'dns', optional: true }], reads: [] }],
    [{ protocol: 'tcp' }, { endpoints: [{ protocol: 'tcp', exposure: 'internal' }] }],
  ])('with %j have a contract like %j', async (options, contract) => {
    const { read } = await generate(options);
    expect(contractSchema.parse(parse(read('apps/notes/service.yaml')))).toMatchObject(contract);
  });
});

describe('bad options', () => {
  const messageOf = (options: Partial<ServiceOptions>): string => {
    try {
      parseRequest({ ...shortest, ...options }, readScene(smallWorkspace()));
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each<[Partial<ServiceOptions>, RegExp]>([
    [{ name: 'Notes' }, /--name: "Notes": lower-case/],
    [{ name: 'stack' }, /--name: the name stack is reserved/],
    [{ name: 'lab' }, /--name: the name lab is reserved/],
    [{ name: 'core' }, /--name: core is another Nx project/],
    [{ name: 'engine' }, /--name: apps\/engine exists already/],
    [{ name: 'trusted' }, /--label: lab has another record of the name trusted/],
    [{ label: 'auth' }, /--label: lab has another record of the name auth/],
    [{ label: 'gateway-label' }, /--label: the label gateway-label belongs to gateway/],
    [{ image: 'example/notes:latest' }, /--image: .* the tag latest floats/],
    [{ image: 'example/notes' }, /--image: .* an image as name:tag/],
    [{ port: '0' }, /--port: "0": a port from 1 to 65535/],
    [{ port: 65536 }, /--port: 65536: a port from 1 to 65535/],
    [{ port: 'http' }, /--port: "http": a port/],
    [{ port: '4.5' }, /--port: "4.5": a port/],
    [{ port: '11434', host: 'gpu' }, /--port: engine publishes port 11434 on gpu of lab/],
    [{ exposure: 'open' }, /--exposure: "open": /],
    [{ exposure: 'public', host: 'gpu' }, /--host: .* Traefik, which is trusted in lab/],
    [{ exposure: 'public', protocol: 'tcp' }, /--exposure: Traefik routes http, not tcp/],
    [{ check: 'curl', protocol: 'grpc' }, /--check: the check asks by http, not grpc/],
    [{ check: 'telnet' }, /--check: "telnet": /],
    [{ health: "/x'; y" }, /--health: .* a path of letters/],
    [{ host: 'mars' }, /--host: lab has no host mars\n *fix: use one of gpu, trusted/],
    [
      { environments: 'moon' },
      /--environments: there is no environment moon\n *fix: use lab, prod/,
    ],
    [{ needs: 'nope' }, /--needs: there is no service nope/],
    [{ needs: 'spare' }, /--needs: spare is not placed on any host of lab/],
    [{ owner: 'gone' }, /--owner: there is no team gone\n *fix: use one of ai, base/],
  ])('%j are refused', (options, message) => {
    expect(messageOf(options)).toMatch(message);
  });

  it('are reported together, and nothing is written', async () => {
    const tree = smallWorkspace();
    const before = tree.listChanges();
    const bad = { name: 'Bad_Name', image: 'x:latest', port: 99999, needs: 'nope', host: 'mars' };
    const error: unknown = await Promise.resolve()
      .then(() => service(tree, bad))
      .catch((reason: unknown) => reason);
    for (const flag of ['--name', '--image', '--port', '--needs', '--host'])
      expect(String(error)).toContain(`  ${flag}: `);
    expect(String(error)).toContain('nothing was written: 5 errors');
    expect(tree.listChanges()).toEqual(before);
  });
});

describe('what follows', () => {
  const scene = readScene(smallWorkspace());
  const request = parseRequest({ ...shortest, needs: 'engine', exposure: 'public' }, scene);

  it('are the goldens of all that may render differently', () => {
    expect(goldensOf(request, scene)).toEqual(['dns', 'engine', 'notes']);
  });

  it('is reported: where it is placed, where not, and how to deploy it', () => {
    expect(nextSteps(request, scene).trim().split('\n')).toEqual([
      'notes',
      '  lab: placed on trusted',
      '  prod: options only, placed nowhere; to place it there, add it to services in libs/inventory/environments/prod/hosts/trusted.yaml',
      '  npx nx run-many -t deploy -p dns,engine,notes -c lab',
      '  npx nx run notes:verify:lab',
    ]);
  });
});
