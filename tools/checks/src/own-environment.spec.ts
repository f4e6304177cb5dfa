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

  it('are formatted as all files are', async () => {
    const files = ['apps/spare-notes', 'libs/inventory/environments/spare-home'];
    const { code, text } = await run('node', 'node_modules/oxfmt/bin/oxfmt', '--check', ...files);
    expect(`${code} ${text}`).toMatch(/^0 /);
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
});
