import { describe, expect, it } from '@jest/globals';
import {
  defineService,
  type DefinedContainer,
  type DefinedService,
  type Definition,
  type Environment,
  type Release,
} from '@ai-stack/core';
import { parse } from 'yaml';
import { z } from 'zod';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { renderService } from './render-service';

const image = 'ollama/ollama:0.32.15';

/** A definition in the place of ollama's: one container with an image, and what the test adds. */
function definition(
  container: Partial<DefinedContainer>,
  model: Partial<DefinedService> = {},
): Definition {
  return defineService({
    options: z.unknown(),
    render: () => ({ containers: { ollama: { image, ...container } }, ...model }),
  });
}

function render(
  container: Partial<DefinedContainer>,
  model: Partial<DefinedService> = {},
  environment: Environment = labEnvironment(),
): Release {
  return renderService(environment, 'ollama', definition(container, model))[0]!;
}

type Part = Record<string, unknown>;

function compose(release: Release, version: '1.1' | '1.2' = '1.2'): Part {
  const file = release.files.find(({ path }) => path.endsWith('/compose.yaml'));
  const parsed = parse(file!.content, { version }) as { services: Record<string, Part> };
  return parsed.services['ollama']!;
}

const hostile = [
  '$HOME ${X} $$',
  'yes',
  'NO',
  '0755',
  '1_000',
  '12:30:45',
  '1e3',
  '~',
  'null',
  '',
  ' x ',
  '# x',
  'a: b',
  '"quoted" and \'single\'',
  'back\\slash',
  '`rule` && !x',
  '- x',
  '*x',
  '{a}',
  '<<',
  '2026-11-23',
  '0x1f',
  'é ☃',
];

describe('compose.yaml', () => {
  it.each(['1.1', '1.2'] as const)('gives every string literally back to YAML %s', (version) => {
    const values = Object.fromEntries(hostile.map((text, index) => [`V${index}`, text]));
    const part = compose(render({ environment: values, command: hostile }), version);
    // Compose itself turns $$ into $.
    const expected = hostile.map((text) => text.replaceAll('$', '$$$$'));
    expect(part['command']).toEqual(expected);
    expect(Object.values(part['environment'] as Part).sort()).toEqual([...expected].sort());
  });

  it('takes secrets from the .env next to it, the optional ones if they are set', () => {
    const release = render(
      { secretEnvironment: { A: 'KEY', B: 'TOKEN' }, environment: { C: '$KEY' } },
      {
        secrets: [
          { key: 'KEY', source: { kind: 'generated', bytes: 32, prefix: '' }, description: 'k' },
          { key: 'TOKEN', source: { kind: 'provided', optional: true }, description: 't' },
        ],
      },
    );
    expect(compose(release)['environment']).toEqual({
      A: '${KEY:?not set in .env}',
      B: '${TOKEN:-}',
      C: '$$KEY',
    });
    expect(release.environmentKeys).toEqual(['KEY', 'TOKEN']);
  });

  it('refuses a secret that the service does not list', () => {
    expect(() => render({ secretEnvironment: { A: 'KEY' } })).toThrow(/uses the secret KEY/);
  });

  it('publishes on the host address only, IPv6 too', () => {
    const environment = labEnvironment();
    const hosts = environment.hosts.map((host) => ({ ...host, address: 'fd00::12' }));
    const release = render(
      { publish: [{ endpoint: 'api', containerPort: 9, protocols: ['tcp', 'udp'] }] },
      {},
      { ...environment, hosts },
    );
    expect(compose(release)['ports']).toEqual([
      { target: 9, published: '11434', host_ip: 'fd00::12', protocol: 'tcp' },
      { target: 9, published: '11434', host_ip: 'fd00::12', protocol: 'udp' },
    ]);
    expect(release.ports).toEqual([
      { address: 'fd00::12', port: 11434, protocol: 'tcp' },
      { address: 'fd00::12', port: 11434, protocol: 'udp' },
    ]);
  });

  it('reserves GPUs and limits memory', () => {
    const part = compose(render({ gpus: ['1', '0'], memory: '8g', cpus: 2.5 }));
    expect(part['deploy']).toEqual({
      resources: {
        limits: { memory: '8g', cpus: '2.5' },
        reservations: {
          devices: [{ driver: 'nvidia', device_ids: ['0', '1'], capabilities: ['gpu'] }],
        },
      },
    });
    expect(compose(render({}))).not.toHaveProperty('deploy');
  });

  it.each<[string, unknown, number]>([
    ['65536', {}, 65_536],
    ['those of the option', { ulimits: { nofile: 4096 } }, 4096],
  ])('gives each container open files: %s', (_, options, expected) => {
    const environment = labEnvironment();
    const services = environment.services.map((entry) =>
      entry.contract.name === 'ollama' ? { ...entry, options } : entry,
    );
    const release = render({}, {}, { ...environment, services });
    expect(compose(release)['ulimits']).toEqual({ nofile: expected });
    expect(release.settings?.['ollama']?.openFiles).toBe(expected);
  });

  it('leaves open files out of what verify compares: a host may allow fewer', () => {
    const [probe] = render({}).probes;
    expect(probe?.expect).toMatchObject({ settings: { restart: 'unless-stopped' } });
    expect(JSON.stringify(probe)).not.toContain('openFiles');
  });

  it('applies the registry mirror', () => {
    const environment = labEnvironment();
    const settings = { ...environment.settings, registryMirror: 'mirror.example:5000' };
    const release = render({}, {}, { ...environment, settings });
    expect(release.containers[0]?.image).toBe('mirror.example:5000/ollama/ollama:0.32.15');
  });
});

describe('the content hash of a container', () => {
  const file = (content: string, onChange: 'recreate' | 'reload', mounting = 'ollama') => {
    const mounts = [{ source: '/srv/x', target: '/x' }];
    const containers = { ollama: { image }, [mounting]: { image, mounts } };
    return { containers, files: [{ path: '/srv/x/f', content, onChange }] };
  };
  const hash = (container: Partial<DefinedContainer>, model: Partial<DefinedService> = {}) =>
    render(container, model).containers.find(({ name }) => name === 'ollama')!.contentHash;

  it('is the label on the container', () => {
    const release = render({});
    const part = compose(release)['labels'] as Part;
    expect(part['ai-stack.content']).toBe(release.containers[0]?.contentHash);
  });

  it.each([
    ['its own part', hash({}), hash({ environment: { A: 'b' } }), true],
    [
      'a file that it mounts',
      hash({}, file('a', 'recreate')),
      hash({}, file('b', 'recreate')),
      true,
    ],
    [
      'a file that it reloads by itself',
      hash({}, file('a', 'reload')),
      hash({}, file('b', 'reload')),
      false,
    ],
    [
      'a file of another container',
      hash({}, file('a', 'recreate', 'other')),
      hash({}, file('b', 'recreate', 'other')),
      false,
    ],
  ])('follows %s', (_case, before, after, changes) => {
    expect(before !== after).toBe(changes);
  });
});

describe('the network of the stack', () => {
  const withNetwork = (network: Environment['settings']['network']) => {
    const environment = labEnvironment();
    return { ...environment, settings: { ...environment.settings, network } };
  };

  it('says only what is wanted of it', () => {
    expect(render({}).networks).toEqual([{ name: 'ai-stack', ours: true }]);
    const wanted = { name: 'own', subnet: '10.210.0.0/24', mtu: 1420, ipv6: 'fd00:210::/64' };
    const release = render({}, {}, withNetwork(wanted));
    expect(release.networks).toEqual([{ ...wanted, ours: true }]);
    expect(release.settings?.['ollama']?.networks).toEqual([{ name: 'own', aliases: ['ollama'] }]);
  });

  it.each([undefined, false, true, 'fd00:210::/64'] as const)(
    'leads to a host that has IPv6 alone, or the environment is refused: %s',
    (ipv6) => {
      const environment = withNetwork({ name: 'ai-stack', ipv6 });
      const hosts = environment.hosts.map((host) =>
        host.name === 'management' ? { ...host, address: 'fd00::12' } : host,
      );
      const rendered = () =>
        renderService({ ...environment, hosts }, 'litellm', definitions['litellm']!);
      if (ipv6 === true || typeof ipv6 === 'string') expect(rendered).not.toThrow();
      else
        expect(rendered).toThrow(
          /litellm on trusted cannot reach ollama on management: its address fd00::12 is IPv6/,
        );
      // It needs nothing that is elsewhere.
      expect(() =>
        renderService({ ...environment, hosts }, 'ollama', definitions['ollama']!),
      ).not.toThrow();
    },
  );
});

describe('what a definition must not do', () => {
  const route = {
    name: 'x',
    rule: 'Host(`x`)',
    port: 1,
    sso: true,
  };

  it('route from a host without Traefik', () => {
    expect(() => render({ routes: [route] })).toThrow(/public but Traefik runs on trusted/);
  });

  it('publish a port and start first', () => {
    const publish = [{ endpoint: 'api' }];
    expect(() => render({ publish }, { updateOrder: 'start-first' })).toThrow(/at the same time/);
  });

  it('name models that no hook pulls', () => {
    const models = { pullModels: ['small:1b'] };
    expect(() => render({}, models)).toThrow(/nothing pulls its models: small:1b/);
    const hooks = { afterStart: () => Promise.resolve() };
    const pulling = { ...definition({}, models), hooks };
    expect(() => renderService(labEnvironment(), 'ollama', pulling)).not.toThrow();
  });

  it('render a file for a container that does not mount it', () => {
    const path = '/srv/x/f';
    expect(() => render({}, { files: [{ path, content: 'x' }] })).toThrow(/no container mounts/);
    expect(() => render({}, { files: [{ path, content: 'x', onChange: 'none' }] })).not.toThrow();
    // A sibling with the same beginning is another directory.
    const mounts = [{ source: '/srv/x2', target: '/x' }];
    expect(() => render({ mounts }, { files: [{ path: '/srv/x2f/f', content: 'x' }] })).toThrow(
      /no container mounts/,
    );
  });
});

it('names what is mounted from outside its own directories', () => {
  const mount = (source: string) => ({ source, target: '/x', readOnly: true });
  const { dataRoot } = labEnvironment().hosts[0]!;
  const own = [`${dataRoot}/ollama`, `${dataRoot}/ollama/models`].map(mount);
  const { hostPaths } = render({ mounts: [...own, mount('/etc/own-ca'), mount('/etc/own-ca')] });
  expect(hostPaths).toEqual(['/etc/own-ca']);
});

it('says of a container what Compose will make of it', () => {
  const release = render({
    memory: '512m',
    cpus: 1.5,
    publish: [{ endpoint: 'api', containerPort: 1234, protocols: ['tcp', 'udp'] }],
  });
  const { address } = labEnvironment().hosts.find(({ name }) => name === release.host)!;
  const port = { address, port: 11434 };
  expect(release.settings).toEqual({
    ollama: {
      networks: [{ name: 'ai-stack', aliases: ['ollama'] }],
      ports: [
        { ...port, protocol: 'tcp' },
        { ...port, protocol: 'udp' },
      ],
      memoryBytes: 512 * 1024 ** 2,
      cpus: 1.5,
      restart: 'unless-stopped',
      openFiles: 65_536,
    },
  });
  const part = compose(release);
  expect(part['deploy']).toEqual({ resources: { limits: { memory: '512m', cpus: '1.5' } } });
  expect(part['networks']).toEqual({ stack: { aliases: ['ollama'] } });
  expect(part['restart']).toBe('unless-stopped');
});
