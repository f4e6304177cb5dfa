import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProjectConfiguration } from '@nx/devkit';
import { createNodes } from './plugin';

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
  it('are the services by their folders, and the whole stack', () => {
    expect(Object.keys(projects)).toEqual([
      ...services.map((name) => `apps/${name}`),
      'tools/stack',
    ]);
    expect(projects['apps/litellm']?.name).toBe('litellm');
  });

  it('have every target in every environment', () => {
    const targets = projects['apps/litellm']?.targets ?? {};
    expect(Object.keys(targets).sort()).toEqual([
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
      expect(target.configurations).toEqual({
        lab: { environment: 'lab' },
        prod: { environment: 'prod' },
      });
    }
  });

  it('cache what is rendered and nothing else', () => {
    const cached = Object.values(projects).flatMap(({ targets = {} }) =>
      Object.entries(targets).flatMap(([name, { cache }]) => (cache === true ? [name] : [])),
    );
    expect(new Set(cached)).toEqual(new Set(['render']));
  });

  it('pull no other service in', () => {
    for (const { targets = {} } of Object.values(projects)) {
      const pulled = Object.values(targets).flatMap(({ dependsOn = [] }) => dependsOn);
      expect(pulled.filter((one) => one !== 'render')).toEqual([]);
    }
  });
});
