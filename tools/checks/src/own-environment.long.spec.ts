import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { makeOwn } from '../fixtures/own-workspace';
import { ThrowAway } from '@ai-stack/testing/throw-away';

jest.setTimeout(3_600_000);

// Other names than those of own-environment.spec.ts, which runs in the copy, too.
const own = { environment: 'home', service: 'notes' };
const clone = new ThrowAway();
let base: string;
beforeAll(async () => {
  base = clone.git('rev-parse', 'HEAD');
  await makeOwn(clone, own);
});
afterAll(() => clone.remove());

async function run(file: string, ...args: string[]) {
  const env = { FORCE_COLOR: '0', NODE_NO_WARNINGS: '1', NODE_OPTIONS: '' };
  const options = { cwd: clone.root, env, reject: false, all: true, stdin: 'ignore' } as const;
  const { exitCode, all } = await execa(file, args, options);
  return { code: exitCode, text: all };
}
const nx = (...args: string[]) => run('node_modules/.bin/nx', ...args);

it("all unit tests hold with an environment and a service of one's own, and a prod of one's own", async () => {
  // As the short run: with workers a connection that a test left open does not keep Jest from ending.
  const args = ['--selectProjects', 'unit', '--maxWorkers=2'];
  const { code, text } = await run('npm', 'test', '--', ...args);
  expect(`${code} ${text}`).toMatch(/^0 /);
  expect(text).toContain(`PASS unit apps/${own.service}/service.spec.ts`);
});

it("a user's own files survive an update: a later version merges without a conflict, and they render as before", async () => {
  const definition = clone.read(`apps/${own.service}/service.ts`);
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
  const { code, text } = await nx('run', `stack:render:${own.environment}`);
  expect(`${code} ${text}`).toMatch(/^0 /);
  const generated = await run('npm', 'run', '--silent', 'generate');
  expect(generated).toEqual({ code: 0, text: 'all generated files are fresh' });
});

/** What a version may bring: a service, an owner, options, goldens, an end-to-end test; lists that others add to, too. */
async function later(definition: string): Promise<void> {
  clone.edit('package.json', /"version": "[^"]+"/, '"version": "9.9.9"');
  clone.edit('CHANGELOG.md', /^## /m, '## 9.9.9\n\n### On the hosts\n\nNothing.\n\n## ');
  clone.edit('tools/e2e/lanes.json', '"whole/stack"', '"whole/stack",\n    "whole/mirror"');
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
    'project.json': '{ "name": "mirror", "tags": ["owner:edge"] }\n',
    'service.ts': definition.replaceAll(own.service, 'mirror'),
    'environments/lab.yaml': 'image: example/mirror:2.0.0\n',
    'environments/prod.yaml': 'image: example/mirror:2.0.0\n',
  }))
    clone.write(`apps/mirror/${file}`, text);
  expect((await run('npm', 'run', '--silent', 'generate')).text).toContain('wrote CODEOWNERS');
  const host = 'libs/inventory/environments/lab/hosts/trusted.yaml';
  clone.edit(host, '  - litellm\n', '  - litellm\n  - mirror\n');
  clone.edit('apps/litellm/fixtures/lab/trusted/manifest.json', '{', '{ "later": true,');
  clone.edit('libs/core/src/index.ts', /$/, '// a later version\n');
}
