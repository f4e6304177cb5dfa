import { afterAll, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { makeOwn } from '../fixtures/own-workspace';
import { ThrowAway } from '@ai-stack/testing/throw-away';

jest.setTimeout(3_600_000);

const clone = new ThrowAway();
afterAll(() => clone.remove());

it("all unit tests hold with an environment and a service of one's own, and a prod of one's own", async () => {
  await makeOwn(clone, { environment: 'home', service: 'notes' });
  // As the short run: with workers a connection that a test left open does not keep Jest from ending.
  const args = ['--selectProjects', 'unit', '--maxWorkers=2'];
  const { exitCode, all } = await execa('npm', ['test', '--', ...args], {
    cwd: clone.root,
    env: { FORCE_COLOR: '0', NODE_NO_WARNINGS: '1', NODE_OPTIONS: '' },
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  expect(`${exitCode} ${all}`).toMatch(/^0 /);
  expect(all).toContain('PASS unit apps/notes/service.spec.ts');
});
