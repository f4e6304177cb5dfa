import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readOpenKeys } from '@ai-stack/inventory';
import { changed, containers, nx, onHost, stack, Workspace, type Ran } from '../lab';
import { moveEdge } from '../own-domain';
import { addSudoUser, keysAtPort, type SudoUser } from '../sudo-user';

jest.setTimeout(900_000);

// README, "Your own hosts", from top to bottom: two machines with Traefik and an identity provider, a domain of their
// own, a user with sudo, sshd on another port, and nothing of this stack. The lab's own stack is put aside meanwhile.
const root = process.cwd();
const domain = 'home.test';
const home = 'libs/inventory/environments/home';
const services = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant'];
const hosts = ['trusted', 'management'];
const net = () => readFileSync('.lab/net', 'utf8').trim();

let workspace: Workspace;
let user: SudoUser | undefined;
let restoreEdge: (() => Promise<void>) | undefined;
let isAside = false;
let started = 0;
const failed: string[] = [];

/** What a person types; every step must succeed. */
async function step(ran: Promise<Ran>, name: string): Promise<string> {
  const { code, out, err } = await ran;
  if (code !== 0) failed.push(name);
  expect(`${name} ended with ${code}\n${out}${err}`).toContain(`${name} ended with 0\n`);
  return out;
}
const run = (target: string, ...args: string[]) =>
  step(nx(workspace.root, 'run', `${target}:home`, ...args), target);

beforeAll(async () => {
  workspace = new Workspace();
  workspace.write('known_hosts', keysAtPort());
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  const lab = [...services, 'vllm'];
  expect(await stack(root, 'destroy', ...lab)).toMatchObject({ code: 0 });
  const aside = [
    '[ ! -e /opt/stacks/ai ] || mv /opt/stacks/ai /opt/stacks/ai.lab',
    'mkdir -p /srv/docker/.lab',
    `for one in ${lab.join(' ')}; do [ ! -e /srv/docker/$one ] || mv /srv/docker/$one /srv/docker/.lab/; done`,
  ].join('\n');
  isAside = true;
  await Promise.all(hosts.map((host) => onHost(host, 'sh', '-ec', aside)));
  user = await addSudoUser();
  restoreEdge = await moveEdge(domain);
});

afterAll(async () => {
  for (const service of [...services].reverse())
    await workspace.stack(
      'destroy',
      service,
      '--data',
      `--confirm=${service}`,
      '--environment=home',
    );
  workspace.remove();
  await restoreEdge?.();
  await user?.remove();
  const back = [
    'rm -rf /opt/stacks/ai',
    '[ ! -e /opt/stacks/ai.lab ] || mv /opt/stacks/ai.lab /opt/stacks/ai',
    'for one in /srv/docker/.lab/*; do',
    '  [ -e "$one" ] || continue',
    '  rm -rf "/srv/docker/$(basename "$one")"',
    '  mv "$one" /srv/docker/',
    'done',
    'rmdir /srv/docker/.lab',
  ].join('\n');
  if (isAside) await Promise.all(hosts.map((host) => onHost(host, 'sh', '-ec', back)));
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  expect(await stack(root, 'plan', '--expect-no-changes')).toMatchObject({ code: 0 });
});

describe("a newcomer's path", () => {
  it('begins with an environment by the generator', async () => {
    expect(await containers()).toEqual({});
    started = Date.now();
    const generated = nx(
      workspace.root,
      ...['g', './tools/nx-plugin:environment', 'home', `--domain=${domain}`, '--no-interactive'],
      ...[`--hosts=box=${net()}.11,gpu=${net()}.12`, '--user=deployer', '--port=2222', '--sudo'],
    );
    await step(generated, 'the generator');
    expect(readOpenKeys(workspace.root, 'home').map(({ key }) => key)).toEqual([
      'upstreams',
      'network',
      'certResolver',
      'url',
    ]);
  });

  it('needs few edits that no host shows: keys of SSH, the own authority, models that the lab has', () => {
    const login = '  sudo: true\n  identity: .lab/keys/id_ed25519\n  knownHosts: known_hosts\n';
    for (const host of ['box', 'gpu'])
      workspace.edit(`${home}/hosts/${host}.yaml`, /^ {2}sudo: true\n/m, login);
    workspace.edit(
      `${home}/ingress.yaml`,
      /^certResolver: TODO$/m,
      'certResolver: TODO\ncaFile: .lab/tls/ca.pem',
    );
    const chat = 'apps/open-webui/environments/home.yaml';
    workspace.edit(chat, /$/, 'caFolder: /srv/docker/edge/ca\n');
    // The lab's machines are slow, and its models are tiny ones under these ids.
    workspace.edit(
      'apps/litellm/environments/home.yaml',
      /$/,
      'health: { interval: 5s, timeout: 30s, retries: 3, startPeriod: 180s, startInterval: 1s }\n',
    );
    workspace.edit(`${home}/models/qwen2.5-3b.yaml`, 'id: qwen2.5:3b', 'id: qwen2.5-coder:14b');
    // The name of the identity provider is in the zone that our CoreDNS answers for.
    const record = `extraRecords:\n  - {name: auth, type: CNAME, value: box.${domain}}`;
    workspace.edit(`${home}/dns.yaml`, /^extraRecords: \[\]$/m, record);
  });

  it('continues with discover, as a user with sudo on another port', async () => {
    const found = await run('stack:discover', '--write');
    expect(found).toMatch(/^\+network: traefik$/m);
    expect(found).toMatch(/^\+certResolver: null$/m);
    expect(found).toMatch(new RegExp(`^\\+url: https://auth\\.${domain}$`, 'm'));
    // Whatever the lab's hosts ask today: only the lab's own internet answers.
    const dns = `${home}/dns.yaml`;
    workspace.edit(dns, /^upstreams:(?: TODO|(?:\n {2}- .*)+)$/m, `upstreams: [${net()}.2]`);
    expect(readOpenKeys(workspace.root, 'home')).toEqual([]);
  });

  it('then plan, deploy and verify end green, within five minutes and without a failed step', async () => {
    const secrets = readFileSync('.lab/secrets/lab.env', 'utf8');
    mkdirSync(join(workspace.root, '.secrets'), { mode: 0o700 });
    writeFileSync(join(workspace.root, '.secrets/home.env'), secrets, { mode: 0o600 });
    await run('stack:plan');
    await run('stack:deploy');
    await run('stack:verify');
    await run('stack:plan', '--expect-no-changes');
    expect(failed).toEqual([]);
    expect(Date.now() - started).toBeLessThan(300_000);
  });

  it('continues: a change, its rollback, and verify, as the same user', async () => {
    const before = await containers();
    workspace.edit('apps/qdrant/environments/home.yaml', /$/, '\nlogLevel: DEBUG\n');
    await run('stack:deploy');
    const after = await containers();
    expect(changed(before, after)).toEqual(['ai-qdrant/qdrant']);
    await step(workspace.stack('rollback', 'qdrant', '--environment=home'), 'rollback');
    workspace.edit('apps/qdrant/environments/home.yaml', '\nlogLevel: DEBUG\n', '');
    expect(changed(after, await containers())).toEqual(['ai-qdrant/qdrant']);
    await run('stack:plan', '--expect-no-changes');
    await run('stack:verify');
    expect(failed).toEqual([]);
  });

  it('leaves every service running, and the own names in the own DNS', async () => {
    expect(Object.keys(await containers())).toEqual(services.map((name) => `ai-${name}/${name}`));
    const resolver = new Resolver({ timeout: 3000, tries: 2 });
    resolver.setServers([`${net()}.11`]);
    expect(await resolver.resolveCname(`chat.${domain}`)).toEqual([`box.${domain}`]);
    expect(await resolver.resolve4(`gpu.${domain}`)).toEqual([`${net()}.12`]);
  });
});
