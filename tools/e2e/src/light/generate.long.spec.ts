import { existsSync, readFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { VerifyReport } from '@ai-stack/core';
import { ask } from '@ai-stack/testing/ask';
import { openBrowser } from '../../../lab/doubles/browser';
import { placeRunbook } from '@ai-stack/testing/runbook';
import { changed, containers, node, nx, onHost, stack, Workspace, type Ran } from '../lab';

jest.setTimeout(600_000);

const root = process.cwd();
const jestProgram = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
const address = () => `${readFileSync('.lab/net', 'utf8').trim()}.11`;
const ca = () => readFileSync('.lab/tls/ca.pem', 'utf8');
const command = [
  ...['g', './tools/nx-plugin:service', 'seventh', '--no-interactive'],
  ...['--image=ai-stack-lab/echo-double:1.0.0', '--port=8080', '--exposure=public'],
  ...['--needs=ollama', '--health=/health', '--check=bash'],
];

let workspace: Workspace;
let before: Record<string, string>;
let generated: Ran;

beforeAll(async () => {
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  before = await containers();
  workspace = new Workspace();
  placeRunbook(workspace.root, 'runbook');
  generated = await nx(workspace.root, ...command);
});
afterAll(async () => {
  if (existsSync(join(workspace.root, 'apps/seventh')))
    await workspace.stack('destroy', 'seventh', '--data', '--confirm', 'seventh');
  workspace.remove();
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  expect(changed(before, await containers())).toEqual([]);
  expect(await onHost('trusted', 'ls', '/opt/stacks/ai')).not.toContain('seventh');
});

describe('a seventh service', () => {
  it('is one command, which says where it stands', () => {
    expect(`${generated.code} ${generated.out}${generated.err}`).toMatch(/^0 /);
    expect(generated.out).toMatch(/lab: placed on trusted/);
    expect(generated.out).toMatch(/runbook: options only, placed nowhere/);
  });

  // That the tests of all others stay green, too, is what tools/long/own-environment says.
  it('passes its own unit tests, those of the inventory, and the compiler', async () => {
    const specs = `^${workspace.root}/(?:apps/seventh|libs/inventory/src/environments)`;
    const tests = await node(
      workspace.root,
      ...[...jestProgram, '--selectProjects', 'unit', '--testPathPatterns', specs],
    );
    expect(`${tests.code} ${tests.err}`).toMatch(/^0 /);
    expect(tests.err).toContain('PASS unit apps/seventh/service.spec.ts');
    const config = { extends: './tsconfig.json', include: ['apps/seventh/*.ts'] };
    workspace.write('tsconfig.seventh.json', JSON.stringify(config));
    const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.seventh.json'];
    expect(await node(workspace.root, ...tsc)).toMatchObject({ code: 0, out: '' });
  });

  it('is deployed and verified without another edit, and touches no other', async () => {
    const deployed = await nx(workspace.root, 'run', 'seventh:deploy');
    expect(`${deployed.code} ${deployed.out}${deployed.err}`).toMatch(/^0 /);
    const zone = await nx(workspace.root, 'run', 'dns:deploy');
    expect(`${zone.code} ${zone.out}${zone.err}`).toMatch(/^0 /);
    expect(changed(before, await containers())).toEqual(['ai-seventh/seventh']);
    const verified = await nx(workspace.root, 'run', 'seventh:verify');
    expect(`${verified.code} ${verified.out}`).toMatch(/^0 /);
    const report = join(workspace.root, 'dist/verify/lab/seventh.json');
    const { probes } = JSON.parse(readFileSync(report, 'utf8')) as VerifyReport;
    expect(probes.map(({ id, ok }) => [id, ok])).toEqual([
      ['seventh/container-seventh@trusted', true],
      ['seventh/api@trusted', true],
      ['seventh/login', true],
    ]);
    expect((await workspace.stack('plan', '--expect-no-changes')).code).toBe(0);
  });

  it('has its name in DNS', async () => {
    const resolver = new Resolver();
    resolver.setServers([address()]);
    expect(await resolver.resolveCname('seventh.lab.test')).toEqual(['trusted.lab.test']);
    expect(await resolver.resolve4('seventh.lab.test')).toEqual([address()]);
  });

  it('is routed by Traefik: without a session to the login, with one to the program', async () => {
    const locate = (url: URL) => ({
      url: `https://${address()}${url.pathname}${url.search}`,
      headers: { host: url.host },
    });
    const asked = new URL('https://seventh.lab.test/hello');
    const stranger = await ask(locate(asked).url, { ...locate(asked), ca: ca() });
    expect(stranger.status).toBe(302);
    expect(new URL(stranger.headers.location ?? '').host).toBe('auth.lab.test');

    const users = readFileSync('.lab/secrets/users', 'utf8');
    const password = /^alice (\S+)$/m.exec(users)?.[1] ?? '';
    const browser = openBrowser({ locate, ca: ca() });
    const form = await browser.visit(asked.href);
    const { url, reply } = await browser.visit(form.url, { username: 'alice', password });
    expect([url, reply.status]).toEqual([asked.href, 200]);
    expect(JSON.parse(reply.text)).toMatchObject({
      double: 'echo-double',
      path: '/hello',
      headers: { host: 'seventh.lab.test', 'x-authentik-username': 'alice' },
    });
  });

  it('can be taken away again', async () => {
    const ran = await nx(workspace.root, 'run', 'seventh:destroy');
    expect(`${ran.code} ${ran.out}`).toMatch(/^0 /);
    expect(changed(before, await containers())).toEqual([]);
  });
});
