import { compileFunction } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import * as core from '@ai-stack/core';
import { contractSchema, type Definition, type Environment, type Release } from '@ai-stack/core';
import * as render from '@ai-stack/render';
import { renderService } from '@ai-stack/render';
import { createTree } from '@nx/devkit/testing';
import { transformSync } from '@swc/core';
import { parse } from 'yaml';
import * as zod from 'zod';
import { inventoryEnvironment, onlyServices } from '@ai-stack/testing/inventory-environment';
import { definitionErrors } from '../../../../checks/src/definitions';
import { checks, parseRequest, type ServiceOptions } from './request';
import { writeServiceFiles } from './service-files';

// Without a service of the user's own, which may have the same name.
const six = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant', 'vllm'];
const lab = onlyServices(inventoryEnvironment('lab'), six);
const scene = {
  projects: [],
  teams: ['base'],
  defaultTeam: 'base',
  services: lab.services.map(({ contract }) => ({
    name: contract.name,
    endpoints: contract.endpoints,
    needs: [],
    reads: [],
  })),
  environments: [
    {
      name: 'lab',
      ingressHost: lab.ingress.host,
      hosts: lab.hosts.map(({ name, services }) => ({ name, services, file: '' })),
      takenLabels: [],
    },
  ],
};

/** Runs the generated definition, as the rest of the workspace would, without writing it to disk. */
function load(text: string): Definition {
  const modules: Record<string, unknown> = {
    '@ai-stack/core': core,
    '@ai-stack/render': render,
    zod,
  };
  const { code } = transformSync(text, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const exports: { default?: Definition } = {};
  const run = compileFunction(code, ['exports', 'require']) as (
    exports: object,
    require: (name: string) => unknown,
  ) => void;
  run(exports, (name) => modules[name]);
  return exports.default!;
}

/** The files of a service made with these options, unformatted. */
function generated(options: Partial<ServiceOptions>) {
  const request = parseRequest(
    { name: 'notes', image: 'example/notes:1.2.3', port: '9191', ...options },
    scene,
  );
  const tree = createTree();
  writeServiceFiles(tree, request, scene);
  const read = (path: string) => tree.read(`apps/notes/${path}`, 'utf8')!;
  return { request, read };
}

/** What a service made with these options renders in the lab. */
function rendered(options: Partial<ServiceOptions>): Release[] {
  const { request, read } = generated(options);
  const contract = { name: 'notes', ...contractSchema.parse(parse(read('service.yaml'))) };
  const environment: Environment = {
    ...lab,
    hosts: lab.hosts.map((host) => {
      const isHere = request.placements.some((placement) => placement.host === host.name);
      return { ...host, services: [...host.services, ...(isHere ? ['notes'] : [])] };
    }),
    services: [...lab.services, { contract, options: parse(read('environments/lab.yaml')) }],
  };
  return renderService(environment, 'notes', load(read('service.ts')));
}

interface Compose {
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  ports?: unknown[];
  dns?: string[];
}
function composeOf({ files }: Release): Compose {
  const text = files.find(({ path }) => path.endsWith('/compose.yaml'))!.content;
  return (parse(text) as { services: Record<string, Compose> }).services['notes']!;
}
const probesOf = ({ probes }: Release) => probes.map(({ id, ask }) => `${id} ${ask.kind}`);

describe('the generated definition', () => {
  it('internal: its port on its host, asked by http and tcp', () => {
    const [release] = rendered({ host: 'management' });
    expect(release!.ports).toEqual([{ address: '172.30.77.12', port: 9191, protocol: 'tcp' }]);
    expect(release!.routers).toEqual([]);
    expect(probesOf(release!)).toEqual([
      'notes/container-notes@management container',
      'notes/api@management http',
      'notes/port-api@management tcp',
    ]);
    expect(composeOf(release!)).not.toHaveProperty('healthcheck');
    expect(composeOf(release!)).not.toHaveProperty('dns');
  });

  it('public: a router and no port, asked inside and at the login', () => {
    const [release] = rendered({ exposure: 'public' });
    expect(release).toMatchObject({ host: 'trusted', ports: [], routers: ['notes'] });
    expect(probesOf(release!)).toEqual([
      'notes/container-notes@trusted container',
      'notes/api@trusted http',
      'notes/login http',
    ]);
  });

  it.each(['tcp', 'grpc'])('%s: asked whether its port is open', (protocol) => {
    const [release] = rendered({ protocol });
    expect(probesOf(release!)).toEqual([
      'notes/container-notes@trusted container',
      'notes/port-api@trusted tcp',
    ]);
  });

  it('with needs: their addresses, and the resolver for those on the other host', () => {
    const [release] = rendered({ needs: 'open-webui,ollama,dns' });
    expect(composeOf(release!)).toMatchObject({
      environment: {
        OLLAMA_URL: 'http://ollama.lab.test:11434',
        OPEN_WEBUI_URL: 'http://open-webui:8080',
      },
      dns: ['172.30.77.11'],
    });
  });

  it.each([
    ['bash', ['CMD', 'bash', '-c', expect.stringContaining('GET /well HTTP')]],
    ['curl', ['CMD', 'curl', '-fsS', 'http://127.0.0.1:9191/well']],
    ['wget', ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:9191/well']],
  ])('with %s in the image: a health check', (check, test) => {
    const [release] = rendered({ check, health: '/well' });
    expect(composeOf(release!).healthcheck?.test).toEqual(test);
  });

  it.each<Partial<ServiceOptions>>([
    ...checks.map((check) => ({ check })),
    ...checks.map((check) => ({ check, exposure: 'public', needs: 'ollama,dns' })),
    { protocol: 'tcp' },
  ])('with %j shows only what is special, and imports what it uses', (options) => {
    const text = generated(options).read('service.ts');
    expect(definitionErrors('service.ts', text)).toEqual([]);
    const imports = [...text.matchAll(/import \{([^}]*)\}/g)].flatMap(([, names = '']) =>
      names.split(',').map((name) => name.replace('type ', '').trim()),
    );
    const body = text.replaceAll(/import [^;]*;/g, '');
    expect(imports.filter((name) => !new RegExp(`\\b${name}\\b`).test(body))).toEqual([]);
  });

  it('on two hosts: one release each', () => {
    const releases = rendered({ host: 'trusted,management', name: 'notes' });
    expect(releases.map(({ host }) => host)).toEqual(['management', 'trusted']);
  });
});
