import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  changed,
  containers,
  onHost,
  pendingActions,
  plansOf,
  secretValues,
  stack,
  Workspace,
} from '../lab';

jest.setTimeout(600_000);

const inventory = 'libs/inventory/environments/lab';
let workspace: Workspace;
beforeAll(async () => {
  workspace = new Workspace();
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
});
afterEach(() => workspace.restore());
afterAll(async () => {
  workspace.remove();
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
});

describe('drift', () => {
  it.each([
    [
      'a stopped container',
      'qdrant',
      'docker stop -t 1 $(docker ps -q --filter label=ai-stack.service=qdrant)',
    ],
    [
      'a removed container',
      'ollama',
      'docker rm -f $(docker ps -q --filter label=ai-stack.service=ollama)',
    ],
    ['a network that was left', 'qdrant', 'docker network disconnect ai-stack ai-qdrant-qdrant-1'],
    [
      'a network without the alias',
      'qdrant',
      'docker network disconnect ai-stack ai-qdrant-qdrant-1 && docker network connect ai-stack ai-qdrant-qdrant-1',
    ],
    ['another restart policy', 'qdrant', 'docker update --restart=no ai-qdrant-qdrant-1'],
    [
      'an override of a compose file',
      'qdrant',
      'echo services: {} > /opt/stacks/ai/qdrant/compose.override.yaml',
    ],
    ['an edited compose file', 'ollama', 'echo "# by hand" >> /opt/stacks/ai/ollama/compose.yaml'],
    // As Compose leaves it when the engine ends between the new container and the removal of the old one.
    [
      'a replacement that was not finished',
      'qdrant',
      `name=ai-qdrant-qdrant-1
      docker inspect -f '{{range $key, $value := .Config.Labels}}{{$key}}={{$value}}{{println}}{{end}}' $name >/tmp/labels
      docker create --name $(docker ps -q --filter name=$name)_$name --label-file /tmp/labels $(docker inspect -f '{{.Image}}' $name)
      docker stop -t 1 $name; rm /tmp/labels`,
    ],
  ])('%s is found by plan and undone by deploy', async (what, service, command) => {
    await onHost('management', 'sh', '-c', command);
    const ran = await workspace.stack('plan', '--expect-no-changes');
    expect(ran.code).toBe(3);
    expect(ran.out).toContain(service);
    expect((await workspace.stack('status')).out).toMatch(
      what === 'a stopped container' ? /exited/ : new RegExp(`^drift: ${service} `, 'm'),
    );
    expect((await workspace.stack('verify', service, '--level=container')).code).toBe(
      what === 'an edited compose file' ? 0 : 5,
    );
    expect((await workspace.stack('deploy')).code).toBe(0);
    expect((await workspace.stack('plan', '--expect-no-changes')).code).toBe(0);
  });
});

describe('plan --diff', () => {
  it('shows line by line what differs on the host, without a secret', async () => {
    const secrets = await secretValues();
    const file = '/opt/stacks/ai/qdrant/compose.yaml';
    await onHost('management', 'sh', '-c', `sed 's/^/# /' /opt/stacks/ai/qdrant/.env >>${file}`);
    const ran = await workspace.stack('plan', 'qdrant', '--diff');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(ran.out).toContain(`--- a/management${file}`);
    expect(ran.out).toMatch(/^-# QDRANT\w*=.*\[secret\]/m);
    for (const secret of secrets) expect(ran.out).not.toContain(secret);
    expect((await workspace.stack('deploy', 'qdrant')).code).toBe(0);
    const after = await workspace.stack('plan', 'qdrant', '--diff', '--json');
    expect(JSON.parse(after.out)).toMatchObject([{ diffs: [] }]);
  });
});

describe('deploy --replace', () => {
  it('replaces one service, once, and no other', async () => {
    const before = await containers();
    expect((await workspace.stack('deploy', 'qdrant', '--replace')).code).toBe(0);
    expect(changed(before, await containers())).toEqual(['ai-qdrant/qdrant']);
    expect((await workspace.stack('plan', '--expect-no-changes')).code).toBe(0);
    expect((await workspace.stack('status')).out).not.toMatch(/^drift:/m);
  });
});

describe('options of containers and of their network', () => {
  const options = 'apps/qdrant/environments/lab.yaml';
  const management = (script: string) => onHost('management', 'sh', '-c', script);

  it('are in effect: variables without a proxy for the stack, open files, the MTU of another network', async () => {
    const extra = '{ OWN_SETTING: "a $b", HTTPS_PROXY: "http://proxy.lab.test:3128" }';
    workspace.edit(options, /$/, `\nextraEnvironment: ${extra}\nulimits: { nofile: 2048 }\n`);
    workspace.edit(
      `${inventory}/environment.yaml`,
      /$/,
      '\nnetwork: { name: ai-stack-small, subnet: 10.213.7.0/24, mtu: 1380 }\n',
    );
    const ran = await workspace.stack('deploy', 'qdrant');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    const pid = `$(docker inspect -f '{{.State.Pid}}' ai-qdrant-qdrant-1)`;
    const variables = (await management(`tr '\\0' '\\n' </proc/${pid}/environ`)).split('\n');
    const direct = 'localhost,127.0.0.1,lab.test';
    expect(variables).toEqual(
      expect.arrayContaining(['OWN_SETTING=a $b', `NO_PROXY=${direct}`, `no_proxy=${direct}`]),
    );
    expect(await management(`grep 'Max open files' /proc/${pid}/limits`)).toMatch(/ 2048 +2048 /);
    expect(await management(`nsenter -t ${pid} -n ip -o address show`)).toMatch(
      / 10\.213\.7\.\d+\/24 /,
    );
    expect(await management(`nsenter -t ${pid} -n ip -o link show`)).toMatch(/ mtu 1380 /);
    expect((await workspace.stack('plan', 'qdrant', '--expect-no-changes')).code).toBe(0);

    workspace.edit(`${inventory}/environment.yaml`, 'mtu: 1380', 'mtu: 1400');
    const blocked = await workspace.stack('deploy', 'qdrant');
    expect(blocked.code).toBe(2);
    expect(blocked.err.replace(/\s+/g, ' ')).toMatch(
      /the network ai-stack-small on management has the MTU 1380, not 1400/,
    );

    workspace.restore();
    expect((await workspace.stack('deploy', 'qdrant')).code).toBe(0);
    await management('docker network rm ai-stack-small');
  });
});

describe('what Compose reads besides our files', () => {
  const management = (script: string) => onHost('management', 'sh', '-c', script);
  const env = '/opt/stacks/ai/qdrant/.env';
  const docker =
    'DOCKER_HOST=tcp://127.0.0.1:9 DOCKER_CONTEXT=none DOCKER_TLS_VERIFY=1 DOCKER_API_VERSION=1.12';
  const words = 'COMPOSE_IGNORE_ORPHANS=1 COMPOSE_COMPATIBILITY=1 COMPOSE_FILE=/nowhere.yaml';

  it('changes no deploy: settings in the environment of the host and in .env, keys of the same name', async () => {
    const secrets = await secretValues();
    await management(`tr ' ' '\\n' >>${env} <<'END'\n${words} COMPOSE_PARALLEL_LIMIT=x\nEND`);
    await management('cp /root/.bashrc /root/.bashrc.kept 2>/dev/null || : >/root/.bashrc.kept');
    await management(`echo 'export ${words} ${docker} QDRANT_API_KEY=not-this' >/root/.bashrc`);
    try {
      const ran = await workspace.stack('deploy', 'qdrant', '--replace');
      expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
      expect(ran.out.replace(/[\s│]+/g, ' ')).toMatch(
        /\.env on management, line \d+: COMPOSE_FILE/,
      );
      const name = 'docker ps --format {{.Names}} --filter label=ai-stack.service=qdrant';
      expect(await management(name)).toBe('ai-qdrant-qdrant-1');
      const inside = await management('docker inspect -f "{{.Config.Env}}" ai-qdrant-qdrant-1');
      expect(secrets.some((value) => inside.includes(`API_KEY=${value}`))).toBe(true);
      const logs = await workspace.stack('logs', 'qdrant');
      expect(`${logs.code} ${logs.err}`).toMatch(/^0 /);
      expect(await workspace.stack('destroy', 'qdrant')).toMatchObject({ code: 0 });
      expect(await workspace.stack('deploy', 'qdrant')).toMatchObject({ code: 0 });
    } finally {
      await management(`mv /root/.bashrc.kept /root/.bashrc; sed -i /^COMPOSE_/d ${env}`);
    }
    expect((await workspace.stack('deploy')).code).toBe(0);
  });
});

describe('destroy', () => {
  it('says what would go, and takes nothing', async () => {
    const before = await containers();
    const ran = await workspace.stack('destroy', 'qdrant', '--dry-run');
    expect(`${ran.code} ${ran.out}`).toMatch(
      /^0 qdrant on management would be removed:\n.*ai-qdrant-qdrant/,
    );
    expect(changed(before, await containers())).toEqual([]);
  });

  it('removes containers, keeps data, and a deploy brings the same service back', async () => {
    const ran = await workspace.stack('destroy', 'qdrant');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(Object.keys(await containers())).not.toContain('ai-qdrant/qdrant');
    await onHost('management', 'test', '-d', '/srv/docker/qdrant/storage');
    const secrets = await secretValues();
    expect((await workspace.stack('deploy')).code).toBe(0);
    expect(await secretValues()).toEqual(secrets);
  });

  it('removes data only when the name is typed', async () => {
    const ran = await workspace.stack('destroy', 'qdrant', '--data', '--confirm', 'other');
    expect(ran.code).toBe(2);
    expect(Object.keys(await containers())).toContain('ai-qdrant/qdrant');
  });
});

describe('a change of the zone', () => {
  it('raises its serial and is served without a restart', async () => {
    const before = await containers();
    const serial = await soaSerial();
    const startedAt = () =>
      onHost('trusted', 'docker', 'inspect', '-f', '{{.State.StartedAt}}', 'ai-dns-dns-1');
    const started = await startedAt();
    workspace.edit(
      `${inventory}/dns.yaml`,
      /extraRecords:\n/,
      'extraRecords:\n  - { name: added, type: A, value: 192.0.2.7 }\n',
    );
    const ran = await workspace.stack('deploy', 'dns');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(changed(before, await containers())).toEqual([]);
    expect(await startedAt()).toBe(started);
    expect(await soaSerial()).toBe(serial + 1);
    const verified = await workspace.stack('verify', 'dns');
    expect(verified.code).toBe(0);
    expect(pendingActions(await plansOf(workspace))).toEqual([]);
  });
});

describe('the resolver', () => {
  it.each([
    ['probe.upstream.test', 'A', '192.0.2.53'],
    ['www.lab.test', 'A', '192.0.2.80'],
    ['_acme-challenge.chat.lab.test', 'TXT', undefined],
  ])('forwards what it does not know: %s %s', async (name, type, answer) => {
    const resolver = new Resolver();
    resolver.setServers([`${readFileSync('.lab/net', 'utf8').trim()}.11`]);
    const answers = await resolver.resolve(name, type);
    expect(answers).toHaveLength(1);
    if (answer !== undefined) expect(answers).toEqual([answer]);
  });
});

async function soaSerial(): Promise<number> {
  const zone = await onHost('trusted', 'sh', '-c', 'cat /srv/docker/dns/zones/db.*');
  return Number(/SOA\s+\S+\s+\S+\s+\(?\s*(\d+)/.exec(zone)?.[1]);
}
