import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProjectConfiguration } from '@nx/devkit';
import { commandOf, commands, type CommandName } from '../../stack/src/options/declaration';
import { createNodes } from './plugin';

const environments = readdirSync('libs/inventory/environments');
const services = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant', 'vllm'];
let projects: Record<string, Partial<ProjectConfiguration>>;

beforeAll(async () => {
  const files = [
    ...services.map((name) => `apps/${name}/service.yaml`),
    'tools/stack/project.json',
  ];
  const context = { workspaceRoot: process.cwd(), nxJsonConfiguration: {} };
  const results = await createNodes[1](files, undefined, context);
  projects = Object.assign(
    {},
    ...results.map(([, { projects: found }]) => found),
  ) as typeof projects;
});

describe('the inferred projects', () => {
  it('are the services by their directories, and the whole stack', () => {
    expect(Object.keys(projects)).toEqual([
      ...services.map((name) => `apps/${name}`),
      'tools/stack',
    ]);
    expect(projects['apps/litellm']?.name).toBe('litellm');
  });

  it('have every target in every environment', () => {
    const targets = projects['apps/litellm']?.targets ?? {};
    expect(Object.keys(targets).sort()).toEqual([
      'check-images',
      'deploy',
      'destroy',
      'logs',
      'plan',
      'releases',
      'render',
      'rollback',
      'status',
      'verify',
    ]);
    for (const target of Object.values(targets)) {
      expect(target.configurations).toEqual(
        Object.fromEntries(environments.map((environment) => [environment, { environment }])),
      );
    }
  });

  it('say of every target what it does, in the words of the help', () => {
    for (const { targets = {} } of Object.values(projects)) {
      for (const [name, { metadata }] of Object.entries(targets))
        expect(metadata?.description).toBe(commandOf(name as CommandName).description);
    }
  });

  it('have all commands but those that want services by name, which only services have', () => {
    const of = (root: string) => Object.keys(projects[root]?.targets ?? {});
    const names = commands.map(({ name }) => name);
    expect([...new Set([...of('apps/dns'), ...of('tools/stack')])].sort()).toEqual(
      [...names].sort(),
    );
    const missing = of('apps/dns').filter((name) => !of('tools/stack').includes(name));
    expect(missing.sort()).toEqual(['destroy', 'rollback']);
  });

  it('cache what is rendered of a service and nothing else', () => {
    const cached = Object.values(projects).flatMap(({ targets = {} }) =>
      Object.entries(targets).flatMap(([name, { cache }]) => (cache === true ? [name] : [])),
    );
    expect(new Set(cached)).toEqual(new Set(['render']));
  });

  it('pull no other service in', () => {
    for (const { targets = {} } of Object.values(projects)) {
      const pulled = Object.values(targets).flatMap(({ dependsOn = [] }) => dependsOn);
      expect(pulled.filter((target) => target !== 'render')).toEqual([]);
    }
  });
});
