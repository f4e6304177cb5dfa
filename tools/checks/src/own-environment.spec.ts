import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { makeOwn } from '../fixtures/own-workspace';
import { ThrowAway } from '@ai-stack/testing/throw-away';

jest.setTimeout(300_000);

// What README says: an environment of one's own by the generator, a service of one's own in it, and prod changed to be
// one's own. The project's own tests must not notice: here a sample of them, in tools/long/own-environment all.
const specs = [
  'apps/(?:dns|spare-notes)/service',
  'libs/inventory/src/environments',
  'tools/nx-plugin/src/plugin',
];

const own = { environment: 'spare-home', service: 'spare-notes' };
const clone = new ThrowAway();
afterAll(() => clone.remove());

async function run(file: string, ...args: string[]) {
  const env = { FORCE_COLOR: '0', NODE_NO_WARNINGS: '1', NODE_OPTIONS: '' };
  const options = { cwd: clone.root, env, reject: false, all: true, stdin: 'ignore' } as const;
  const { exitCode, all } = await execa(file, args, options);
  return { code: exitCode, text: all };
}
const nx = (...args: string[]) => run('node_modules/.bin/nx', ...args);

let base: string;
beforeAll(async () => {
  base = clone.git('rev-parse', 'HEAD');
  await makeOwn(clone, own);
});

describe("a user's own environment and service", () => {
  it('are new files alone', () => {
    const changes = clone
      .git('diff', '--name-status', base, 'HEAD', '--', '.', ':!*/prod*')
      .split('\n');
    expect(changes.filter((line) => !line.startsWith('A\t'))).toEqual([]);
    const places = changes.map((line) => line.split('\t')[1] ?? '');
    const isOwn =
      /^(?:libs\/inventory\/environments\/spare-home\/|apps\/spare-notes\/|apps\/[^/]+\/environments\/spare-home\.yaml$)/;
    expect(places.filter((path) => !isOwn.test(path))).toEqual([]);
    expect(places.length).toBeGreaterThan(15);
  });

  it('render, the service with a golden of its own', async () => {
    const { code, text } = await nx('run', 'stack:render:spare-home');
    expect(`${code} ${text}`).toMatch(/^0 /);
    for (const service of [own.service, 'open-webui'])
      expect(existsSync(`${clone.root}/dist/render/spare-home/${service}/box/manifest.json`)).toBe(
        true,
      );
    expect(existsSync(`${clone.root}/apps/spare-notes/fixtures/lab/trusted/manifest.json`)).toBe(
      true,
    );
  });

  it("leave the project's own tests green", async () => {
    const jestProgram = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
    const pattern = `^${clone.root}/(?:${specs.join('|')})\\.spec\\.ts$`;
    const args = [...jestProgram, '--selectProjects', 'unit', '--testPathPatterns', pattern];
    const { code, text } = await run('node', ...args);
    expect(`${code} ${text}`).toMatch(/^0 /);
    expect(text).toContain('PASS unit apps/spare-notes/service.spec.ts');
    expect(text).toMatch(/Test Suites: 4 passed, 4 total/);
  });

  it('survive an update: a later version merges without a conflict, and they render as before', async () => {
    const definition = clone.read('apps/spare-notes/service.ts');
    clone.git('checkout', '--quiet', '-b', 'later', base);
    await later(definition);
    clone.commit('a later version');
    clone.git('checkout', '--quiet', 'main');
    const merged = await run(
      'git',
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@lab.test',
      'merge',
      '--no-edit',
      'later',
    );
    expect(`${merged.code} ${merged.text}`).toMatch(/^0 /);
    expect(clone.git('status', '--porcelain')).toBe('');
    expect(clone.read('CHANGELOG.md')).toMatch(/9\.9\.9/);
    const { code, text } = await nx('run', 'stack:render:spare-home');
    expect(`${code} ${text}`).toMatch(/^0 /);
    const generated = await run('npm', 'run', '--silent', 'generate');
    expect(generated).toEqual({ code: 0, text: 'all generated files are fresh' });
  });
});

/** What a version may bring: a service, an owner, options, goldens, an end-to-end test; lists that others add to, too. */
async function later(definition: string): Promise<void> {
  clone.edit('package.json', /"version": "[^"]+"/, '"version": "9.9.9"');
  clone.edit('CHANGELOG.md', /^## /m, '## 9.9.9\n\n### On the hosts\n\nNothing.\n\n## ');
  clone.edit('tools/e2e/lanes.json', '"whole/stack"', '"whole/stack",\n    "whole/spare-mirror"');
  clone.edit(
    'tools/checks/owners.yaml',
    "  network: ['",
    "  edge: ['@homehub/edge']\n  network: ['",
  );
  for (const [file, text] of Object.entries({
    'service.yaml': `description: A mirror
endpoints:
  - { name: api, port: 5555, protocol: tcp, exposure: internal }
`,
    'project.json': '{ "name": "spare-mirror", "tags": ["owner:edge"] }\n',
    'service.ts': definition.replaceAll('spare-notes', 'spare-mirror'),
    'environments/lab.yaml': 'image: example/mirror:2.0.0\n',
    'environments/prod.yaml': 'image: example/mirror:2.0.0\n',
  }))
    clone.write(`apps/spare-mirror/${file}`, text);
  expect((await run('npm', 'run', '--silent', 'generate')).text).toContain('wrote CODEOWNERS');
  const host = 'libs/inventory/environments/lab/hosts/trusted.yaml';
  clone.edit(host, '  - litellm\n', '  - litellm\n  - spare-mirror\n');
  clone.edit('apps/litellm/fixtures/lab/trusted/manifest.json', '{', '{ "later": true,');
  clone.edit('libs/core/src/index.ts', /$/, '// a later version\n');
}
