import { readdirSync, readFileSync, statSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Plan, VerifyReport } from '@ai-stack/core';
import { renderStack } from '@ai-stack/render';
import { inventoryEnvironment } from '../../checks/fixtures/inventory-environment';
import { loadDefinitions } from '../../stack/src/definitions';
import {
  askHost,
  changed,
  containerOf,
  containers,
  lab,
  nx,
  onHost,
  secretValues,
  stack,
  Workspace,
} from './lab';

jest.setTimeout(600_000);

const root = process.cwd();
const placed = placedIn('lab');
const inventory = 'libs/inventory/environments/lab';

// Each test edits a workspace of its own; afterwards the lab is what the repository says, again.
let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(async () => {
  const isEdited = workspace.isEdited;
  workspace.remove();
  if (isEdited) expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
});

async function plans(
  from: { stack: Workspace['stack'] } = workspace,
  ...args: string[]
): Promise<Plan[]> {
  const ran = await from.stack('plan', '--json', ...args);
  expect(ran).toMatchObject({ code: 0 });
  return JSON.parse(ran.out) as Plan[];
}

/** The actions of all plans that would change something, as `service: verb kind`. */
function pending(list: readonly Plan[]): string[] {
  return list.flatMap((plan) =>
    plan.actions
      .filter((action) => action.verb !== 'keep')
      .map((action) => `${plan.service}: ${action.verb} ${action.kind}`),
  );
}

describe('a first deploy', () => {
  it('puts all services onto two hosts and verifies them', async () => {
    const deployed = await stack(root, 'deploy');
    expect(`${deployed.code} ${deployed.err}`).toMatch(/^0 /);
    const running = await containers();
    expect(Object.keys(running)).toEqual(placed.map((name) => `ai-${name}/${name}`));
    const verified = await stack(root, 'verify', '--json');
    const reports = JSON.parse(verified.out) as VerifyReport[];
    expect(reports.flatMap(({ probes }) => probes).filter(({ ok }) => !ok)).toEqual([]);
    expect(reports.map(({ service }) => service).sort()).toEqual(placed);
    expect(verified.code).toBe(0);
  });

  it('is followed by an empty one that touches no container', async () => {
    const before = await containers();
    expect(pending(await plans({ stack: (...args) => stack(root, ...args) }))).toEqual([]);
    const again = await stack(root, 'deploy');
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/nothing to do/);
    expect(changed(before, await containers())).toEqual([]);
  });

  it.each([
    ['trusted', 'litellm'],
    ['trusted', 'open-webui'],
    ['trusted', 'dns'],
    ['management', 'ollama'],
    ['management', 'qdrant'],
    ['management', 'vllm'],
  ])(
    'leaves on %s a folder for %s in which docker compose works by hand',
    async (host, service) => {
      const before = await containers();
      await onHost(
        host,
        'sh',
        '-c',
        `cd /opt/stacks/ai/${service} && docker compose config -q && docker compose up -d`,
      );
      expect(changed(before, await containers())).toEqual([]);
    },
  );
});

describe('secrets', () => {
  it('are in no rendered file, cache, log, label or file that others may read', async () => {
    const values = await secretValues();
    expect(values.length).toBeGreaterThanOrEqual(6);
    const found = ['dist', '.nx/cache']
      .flatMap((folder) => filesBelow(join(root, folder)))
      .filter((file) => values.some((value) => readFileSync(file).includes(value)));
    expect(found).toEqual([]);
    for (const host of ['trusted', 'management']) {
      const labels = await onHost(
        host,
        'sh',
        '-c',
        "docker ps -q | xargs docker inspect -f '{{json .Config.Labels}} {{json .Config.Cmd}}'",
      );
      const logs = await onHost(
        host,
        'sh',
        '-c',
        'for c in $(docker ps -q); do docker logs "$c" 2>&1; done',
      );
      const records = await onHost(
        host,
        'sh',
        '-c',
        'cat /opt/stacks/ai/*/compose.yaml; find /opt/stacks/ai -path "*/.stack/*" -type f -exec cat {} +',
      );
      for (const value of values)
        expect(`${labels} ${logs} ${records}`.includes(value)).toBe(false);
      const readable = await onHost(
        host,
        'sh',
        '-c',
        'find /opt/stacks/ai -name ".env*" -perm /077',
      );
      expect(readable).toBe('');
    }
  });

  it('stay what they are when deployed again, and pass through no process list', async () => {
    const before = await secretValues();
    await onHost(
      'trusted',
      'sh',
      '-c',
      'docker rm -f $(docker ps -q --filter label=ai-stack.service=open-webui)',
    );
    const watch = watchCommandLines();
    const ran = await stack(root, 'deploy', '--verbose');
    const seen = await watch.stop();
    expect(ran.code).toBe(0);
    expect(seen.length).toBeGreaterThan(100);
    expect(await secretValues()).toEqual(before);
    for (const value of before) {
      expect(seen.includes(value)).toBe(false);
      expect(`${ran.out}${ran.err}`.includes(value)).toBe(false);
    }
  });
});

describe('a change', () => {
  it('of the model list recreates LiteLLM alone', async () => {
    const before = await containers();
    workspace.write(
      `${inventory}/models/extra.yaml`,
      'publicName: extra\nengine: ollama\nid: extra:1b\nkind: chat\ncontextLength: 2048\n',
    );
    const ran = await workspace.stack('deploy');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(changed(before, await containers())).toEqual(['ai-litellm/litellm']);
    const verified = await workspace.stack('verify', 'litellm', 'ollama', '--json');
    expect(verified.code).toBe(0);
    expect(verified.out).toContain('extra');
    expect(pending(await plans())).toEqual([]);
  });

  it('of an option of Open WebUI recreates Open WebUI alone', async () => {
    const before = await containers();
    workspace.edit('apps/open-webui/environments/lab.yaml', /$/, '\nsessionLength: 1h\n');
    const ran = await workspace.stack('deploy');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(changed(before, await containers())).toEqual(['ai-open-webui/open-webui']);
  });

  it('of the zone raises its serial and is served without a restart', async () => {
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
    expect(pending(await plans())).toEqual([]);
  });

  it('of the placement gives LiteLLM both Ollamas, and taking it back leaves none behind', async () => {
    workspace.edit(
      `${inventory}/hosts/trusted.yaml`,
      /^( *)- litellm\n/m,
      '$1- litellm\n$1- ollama\n',
    );
    const ran = await workspace.stack('deploy');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    const ollamas = await onHost(
      'trusted',
      'docker',
      'ps',
      '-q',
      '--filter',
      'label=ai-stack.service=ollama',
    );
    expect(ollamas).not.toBe('');
    const verified = await workspace.stack('verify');
    expect(`${verified.code} ${verified.out}`).toMatch(/^0 /);
    expect(pending(await plans())).toEqual([]);
    expect((await stack(root, 'deploy')).code).toBe(0);
    expect(
      await onHost('trusted', 'docker', 'ps', '-aq', '--filter', 'label=ai-stack.service=ollama'),
    ).toBe('');
  });

  it('that never becomes healthy fails with the last lines of the container', async () => {
    workspace.edit('apps/vllm/environments/lab.yaml', /$/, '\nextraArguments: [--no-such-flag]\n');
    const ran = await workspace.stack('deploy', 'vllm');
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/no-such-flag/);
  });
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
      'vllm',
      'docker rm -f $(docker ps -q --filter label=ai-stack.service=vllm)',
    ],
    ['an edited compose file', 'ollama', 'echo "# by hand" >> /opt/stacks/ai/ollama/compose.yaml'],
  ])('%s is seen by plan and taken back by deploy', async (_what, service, command) => {
    await onHost('management', 'sh', '-c', command);
    const seen = await workspace.stack('plan', '--expect-no-changes');
    expect(seen.code).toBe(3);
    expect(seen.out).toContain(service);
    expect((await workspace.stack('deploy')).code).toBe(0);
    expect((await workspace.stack('plan', '--expect-no-changes')).code).toBe(0);
  });
});

describe('what must not begin', () => {
  it('stops beside a hand-made stack, with exit code 2 and before any change', async () => {
    await onHost('trusted', 'sh', '-c', 'echo services: > /opt/stacks/ai/compose.yaml');
    const ran = await workspace.stack('deploy');
    await onHost('trusted', 'rm', '/opt/stacks/ai/compose.yaml');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/hand-made stack stands in \/opt\/stacks\/ai/);
  });

  it('names every host that cannot be reached', async () => {
    await Promise.all(['trusted', 'management'].map((host) => lab('cut', host)));
    const ran = await workspace.stack('plan');
    await Promise.all(['trusted', 'management'].map((host) => lab('join', host)));
    expect(ran.code).not.toBe(0);
    expect(ran.err).toMatch(/trusted/);
    expect(ran.err).toMatch(/management/);
  });

  it('refuses a host whose key changed', async () => {
    const known = readFileSync('.lab/keys/known_hosts', 'utf8');
    const keys = known.split('\n').filter((line) => line !== '');
    const other = (keys.find((line) => line.includes('management')) ?? '')
      .split(' ')
      .slice(1)
      .join(' ');
    const forged = keys.map((line) =>
      line.includes('trusted') ? `${line.split(' ')[0]} ${other}` : line,
    );
    workspace.write(`${inventory}/known_hosts`, `${forged.join('\n')}\n`);
    workspace.edit(
      `${inventory}/hosts/trusted.yaml`,
      /knownHosts: .*/,
      `knownHosts: ${inventory}/known_hosts`,
    );
    const ran = await workspace.stack('plan', 'litellm');
    expect(ran.code).not.toBe(0);
    expect(ran.err).toMatch(/host key/i);
  });

  it('refuses to hide a record that the upstream has', async () => {
    workspace.edit(`${inventory}/dns.yaml`, "name: '@'", 'name: other');
    const ran = await workspace.stack('deploy', 'dns');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/would hide MX 10 mail\.upstream\.test of lab\.test/);
  });

  it('finds a taken port and a hand-made stack together', async () => {
    await onHost(
      'management',
      'sh',
      '-c',
      'docker rm -f $(docker ps -q --filter label=ai-stack.service=qdrant)',
    );
    await onHost('trusted', 'sh', '-c', 'echo services: > /opt/stacks/ai/compose.yaml');
    const address = `${readFileSync('.lab/net', 'utf8').trim()}.12`;
    await onHost(
      'management',
      ...['docker', 'run', '-d', '--pull', 'never', '--name', 'squatter'],
      ...['-p', `${address}:6333:6333`, 'qdrant/qdrant:v1.19.0'],
    );
    const ran = await workspace.stack('deploy');
    await onHost('management', 'docker', 'rm', '-f', 'squatter');
    await onHost('trusted', 'rm', '/opt/stacks/ai/compose.yaml');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/6333/);
    expect(ran.err).toMatch(/hand-made/);
    expect((await workspace.stack('deploy')).code).toBe(0);
  });

  it('says which engine does not answer', async () => {
    await lab('svc', 'management', 'dockerd', 'stop');
    const ran = await workspace.stack('plan');
    await lab('svc', 'management', 'dockerd', 'start');
    await onHost(
      'management',
      'sh',
      '-c',
      'until docker version >/dev/null 2>&1; do sleep 0.2; done',
    );
    expect(ran.code).not.toBe(0);
    expect(ran.err).toMatch(/management/);
    expect(ran.err).toMatch(/engine|docker/i);
    expect((await workspace.stack('deploy')).code).toBe(0);
  });

  it('refuses to move a service away from its data', async () => {
    workspace.edit(`${inventory}/hosts/management.yaml`, /^ *- qdrant\n/m, '');
    workspace.edit(
      `${inventory}/hosts/trusted.yaml`,
      /^( *)- litellm\n/m,
      '$1- litellm\n$1- qdrant\n',
    );
    const ran = await workspace.stack('deploy');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/qdrant/);
    expect(ran.err).toMatch(/data/);
    expect(Object.keys(await containers())).toContain('ai-qdrant/qdrant');
  });
});

describe('destroy', () => {
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

describe('prod', () => {
  it('refuses to render while keys are open, listing all of them', async () => {
    const ran = await stack(root, 'render', '--environment', 'prod');
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/hosts\/management\.yaml:\d+:\d+/);
    expect(ran.err).toMatch(/sso\.yaml:\d+:\d+/);
  });
});

describe('what a host says of the rendered files', () => {
  it.each(['lab', 'prod'] as const)('docker compose accepts every one of %s', async (name) => {
    const environment = inventoryEnvironment(name);
    const definitions = await loadDefinitions(root, placedIn(name));
    const releases = renderStack(environment, definitions);
    expect(releases.map(({ service }) => service).sort()).toEqual(placedIn(name));
    for (const { service, files, environmentKeys, stackDirectory } of releases) {
      const compose = files.find(({ path }) => path === `${stackDirectory}/compose.yaml`);
      const variables = environmentKeys.map((key) => `${key}=x`);
      const ran = await askHost(
        'trusted',
        compose?.content ?? '',
        ...['env', ...variables, 'docker', 'compose', '-f', '-', 'config', '-q'],
      );
      expect({ service, ...ran }).toEqual({ service, code: 0, out: '', err: '' });
    }
  });
});

describe('discover', () => {
  it('fills open keys from the live hosts, with the evidence, and changes nothing there', async () => {
    workspace.edit(`${inventory}/ingress.yaml`, /^network: .*$/m, 'network: TODO');
    workspace.edit(`${inventory}/sso.yaml`, /^url: .*$/m, 'url: TODO');
    const before = await containers();
    const found = await workspace.stack('discover');
    expect(`${found.code} ${found.err}`).toMatch(/^0 /);
    expect(found.out).toMatch(/^\+network: traefik$/m);
    expect(found.out).toMatch(/^\+url: https:\/\/auth\.lab\.test$/m);
    expect((await workspace.stack('discover', '--write')).code).toBe(0);
    expect(pending(await plans())).toEqual([]);
    expect(changed(before, await containers())).toEqual([]);
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

describe('Nx', () => {
  it('deploys one service, verifies many, and draws the graph', async () => {
    const one = await nx(root, 'run', 'litellm:deploy');
    expect(`${one.code} ${one.out}`).toMatch(/^0 /);
    const many = await nx(root, 'run-many', '-t', 'verify');
    expect(`${many.code} ${many.out}`).toMatch(/^0 /);
    const graph = await nx(root, 'graph', '--print');
    expect(
      Object.keys((JSON.parse(graph.out) as { graph: { nodes: object } }).graph.nodes),
    ).toEqual(expect.arrayContaining(placed));
  });

  it('deploys and verifies a selection in one batch, ordered by needs, and nothing else', async () => {
    await onHost(
      'management',
      'sh',
      '-c',
      'docker rm -f $(docker ps -q --filter label=ai-stack.service=ollama)',
    );
    await onHost(
      'trusted',
      'sh',
      '-c',
      'docker rm -f $(docker ps -q --filter label=ai-stack.service=litellm)',
    );
    const before = await containers();
    const ran = await nx(root, 'run-many', '-t', 'deploy', 'verify', '-p', 'litellm,ollama');
    expect(`${ran.code} ${ran.out}`).toMatch(/^0 /);
    expect(changed(before, await containers())).toEqual(['ai-litellm/litellm', 'ai-ollama/ollama']);
    const started = await Promise.all([
      onHost(
        'management',
        'sh',
        '-c',
        "docker inspect -f '{{.State.StartedAt}}' ai-ollama-ollama-1",
      ),
      onHost(
        'trusted',
        ...['docker', 'inspect', '-f', '{{.State.StartedAt}}'],
        await containerOf('trusted', 'litellm'),
      ),
    ]);
    expect(started).toEqual([...started].sort());
  });

  it('finds a changed file affects the render of its own service alone', async () => {
    const config = join(root, 'apps/litellm/litellm-config.ts');
    const graph = await nx(
      root,
      'affected',
      '-t',
      'render',
      '--graph=stdout',
      `--files=${relative(root, config)}`,
    );
    const { tasks } = JSON.parse(graph.out) as { tasks: { tasks: object } };
    expect(Object.keys(tasks.tasks)).toEqual(['litellm:render:lab']);
  });

  it('refuses a misspelt environment', async () => {
    const ran = await nx(root, 'run', 'litellm:render:prdo');
    expect(ran.code).toBe(1);
    expect(`${ran.out}${ran.err}`).toMatch(/no environment prdo/);
  });

  it('replays a render from its cache', async () => {
    await nx(root, 'run-many', '-t', 'render');
    const again = await nx(root, 'run-many', '-t', 'render');
    expect(again.out).toMatch(/\b([6-9]|\d\d) out of \1 tasks/);
  });
});

/** The services that stand somewhere in an environment, sorted. */
function placedIn(environment: 'lab' | 'prod'): string[] {
  const { hosts } = inventoryEnvironment(environment);
  return [...new Set(hosts.flatMap(({ services }) => services))].sort();
}

async function soaSerial(): Promise<number> {
  const zone = await onHost('trusted', 'sh', '-c', 'cat /srv/docker/dns/zones/db.*');
  return Number(/SOA\s+\S+\s+\S+\s+\(?\s*(\d+)/.exec(zone)?.[1]);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Collects every command line of this machine, which sees into the lab's hosts too, until it is stopped. */
function watchCommandLines() {
  const lines = new Set<string>();
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        lines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // It ended between the listing and the reading.
      }
    }
  };
  const timer = setInterval(look, 20);
  return {
    stop: async () => {
      clearInterval(timer);
      return [...lines].join('\n');
    },
  };
}
