import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { VerifyReport } from '@ai-stack/core';
import { renderStack } from '@ai-stack/render';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { loadDefinitions } from '../../../stack/src/context/definitions';
import {
  askHost,
  changed,
  containerOf,
  containers,
  nx,
  onHost,
  pendingActions,
  plansOf,
  secretValues,
  stack,
  watchCommandLines,
  Workspace,
} from '../lab';
import { withLateClock } from '../late-clock';

jest.setTimeout(600_000);

const root = process.cwd();
const placed = placedIn('lab');
const inventory = 'libs/inventory/environments/lab';

/** Has a model that this workspace has not: what is deployed from here then takes it away. */
let first: Workspace;
let workspace: Workspace;
beforeAll(() => {
  workspace = new Workspace();
  first = new Workspace();
  first.write(
    `${inventory}/models/extra.yaml`,
    'publicName: extra\nengine: ollama\nid: extra:1b\nkind: chat\ncontextLength: 131072\n',
  );
});
afterAll(async () => {
  workspace.remove();
  first.remove();
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
});

describe('a first deploy', () => {
  it('puts all services onto two hosts, and no secret into an output or a process list', async () => {
    const watch = watchCommandLines();
    const deployed = await first.stack('deploy', '--verbose');
    const lines = watch.stop();
    expect(`${deployed.code} ${deployed.err}`).toMatch(/^0 /);
    expect(Object.keys(await containers())).toEqual(placed.map((name) => `ai-${name}/${name}`));
    expect(lines.length).toBeGreaterThan(1000);
    const values = await secretValues();
    expect(values.length).toBeGreaterThanOrEqual(6);
    for (const value of values) {
      expect(lines.includes(value)).toBe(false);
      expect(`${deployed.out}${deployed.err}`.includes(value)).toBe(false);
    }
  });

  it('is verified by every probe', async () => {
    const verified = await first.stack('verify', '--json');
    const reports = JSON.parse(verified.out) as VerifyReport[];
    expect(reports.flatMap(({ probes }) => probes).filter(({ ok }) => !ok)).toEqual([]);
    expect(reports.map(({ service }) => service).sort()).toEqual(placed);
    expect(verified.out).toContain('completion-extra');
    expect(verified.code).toBe(0);
  });

  it('is not verified where the clock of the chat is not that of the identity provider', async () => {
    const verified = await withLateClock('trusted', () =>
      first.stack('verify', 'open-webui', '--level=client', '--json'),
    );
    expect(verified.code).toBe(5);
    const [report] = JSON.parse(verified.out) as VerifyReport[];
    expect(report?.probes.filter(({ ok }) => !ok)).toEqual([
      expect.objectContaining({
        id: 'open-webui/clock@trusted',
        observed: expect.stringMatching(/^trusted is 2 min (19|2\d) s behind /) as unknown,
        fix: expect.stringMatching(/^on trusted: timedatectl set-ntp true/) as unknown,
      }),
    ]);
  });

  it('is followed by an empty one that touches no container', async () => {
    const before = await containers();
    expect(pendingActions(await plansOf(first))).toEqual([]);
    const again = await first.stack('deploy');
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/nothing to do/);
    expect(changed(before, await containers())).toEqual([]);
  });

  it.each(['trusted', 'management'])(
    'lets each container on %s have the open files of its options, as far as the engine can',
    async (host) => {
      const limits = `grep 'Max open files' /proc/$1/limits | tr -s ' ' | cut -d' ' -f4,5`;
      const script = `limits() { ${limits}; }; limits $(pidof -s dockerd)
        docker inspect -f '{{.State.Pid}}' $(docker ps -q --filter label=ai-stack.service) | while read -r pid; do limits $pid; done`;
      const [engine = '', ...ofContainers] = (await onHost(host, 'sh', '-c', script)).split('\n');
      const hard = Number(engine.split(' ')[1]);
      const expected = Math.min(65_536, hard > 0 ? hard : Infinity);
      expect(ofContainers).toEqual(Array(3).fill(`${expected} ${expected}`));
    },
  );

  it.each([
    ['trusted', 'litellm'],
    ['trusted', 'open-webui'],
    ['trusted', 'dns'],
    ['management', 'ollama'],
    ['management', 'qdrant'],
    ['management', 'vllm'],
  ])(
    'leaves on %s a directory for %s in which docker compose works by hand',
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
    expect(await nx(root, 'run-many', '-t', 'render')).toMatchObject({ code: 0 });
    const found = [join(root, 'dist'), join(root, '.nx/cache'), join(first.root, 'dist')]
      .flatMap(filesBelow)
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

  it('stay what they are when a service with secrets is deployed again', async () => {
    const before = await secretValues();
    await onHost(
      'management',
      'sh',
      '-c',
      'docker rm -f $(docker ps -q --filter label=ai-stack.service=qdrant)',
    );
    expect(await first.stack('deploy')).toMatchObject({ code: 0 });
    expect(await secretValues()).toEqual(before);
  });
});

describe('a change', () => {
  // That no request fails and no streamed answer is cut meanwhile is what tools/long/load asks; how it is rolled back,
  // tools/long/hosts.
  it('of the model list recreates LiteLLM and Open WebUI, which list it, and no engine', async () => {
    const before = await containers();
    const ran = await stack(root, 'deploy');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    const replaced = ['ai-litellm/litellm', 'ai-open-webui/open-webui'];
    expect(changed(before, await containers())).toEqual(replaced);
    const verified = await stack(root, 'verify', 'litellm', 'ollama', '--json');
    expect(verified.code).toBe(0);
    expect(verified.out).not.toContain('completion-extra');
  });

  it('and containers that are lost on both sides of a service that is not selected: Nx deploys in one batch, in the order of needs', async () => {
    const remove = (service: string) =>
      `docker rm -f $(docker ps -q --filter label=ai-stack.service=${service})`;
    await onHost('management', 'sh', '-c', remove('ollama'));
    await onHost('trusted', 'sh', '-c', remove('open-webui'));
    const before = await containers();
    const selected = ['-t', 'deploy', 'verify', '-p', 'open-webui,ollama'];
    const ran = await nx(root, 'run-many', ...selected);
    expect(`${ran.code} ${ran.out}`).toMatch(/^0 /);
    const replaced = ['ai-ollama/ollama', 'ai-open-webui/open-webui'];
    expect(changed(before, await containers())).toEqual(replaced);
    const started = async (host: string, service: string) => {
      const format = ['docker', 'inspect', '-f', '{{.State.StartedAt}}'];
      return onHost(host, ...format, await containerOf(host, service));
    };
    const engine = await started('management', 'ollama');
    const chat = await started('trusted', 'open-webui');
    expect([engine, chat].sort()).toEqual([engine, chat]);
    expect(pendingActions(await plansOf(workspace))).toEqual([]);
  });
});

describe('a release of the gateway that fails', () => {
  it('is rolled back to the one before, which is verified, and what failed is kept', async () => {
    const before = await containers();
    const broken = new Workspace();
    broken.edit('apps/litellm/service.ts', "'--port', '4000'", "'--port', '4001'");
    broken.edit(
      'apps/litellm/environments/lab.yaml',
      /^health: .*$/m,
      'health: { startPeriod: 5s, interval: 2s, retries: 2 }',
    );
    const ran = await broken.stack('deploy', 'litellm');
    broken.remove();
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/litellm is not ready/);
    expect(ran.out).toMatch(/release [0-9a-f]{12} of \S+ runs again, and is verified/);
    // The new container started next to the old one, and was removed.
    expect(changed(before, await containers())).toEqual([]);
    expect(await stack(root, 'plan', '--expect-no-changes')).toMatchObject({ code: 0 });
    const kept = await onHost('trusted', 'cat', '/opt/stacks/ai/litellm/.stack/failures.log');
    expect(kept).toMatch(/litellm is not ready/);
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
    const ran = await workspace.stack('discover');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(ran.out).toMatch(/^\+network: traefik$/m);
    expect(ran.out).toMatch(/^\+url: https:\/\/auth\.lab\.test$/m);
    expect((await workspace.stack('discover', '--write')).code).toBe(0);
    expect(pendingActions(await plansOf(workspace))).toEqual([]);
    expect(changed(before, await containers())).toEqual([]);
  });
});

describe('Nx', () => {
  it('deploys one service, verifies many, and draws the graph', async () => {
    const ran = await nx(root, 'run', 'litellm:deploy');
    expect(`${ran.code} ${ran.out}`).toMatch(/^0 /);
    const many = await nx(root, 'run-many', '-t', 'verify');
    expect(`${many.code} ${many.out}`).toMatch(/^0 /);
    const graph = await nx(root, 'graph', '--print');
    expect(
      Object.keys((JSON.parse(graph.out) as { graph: { nodes: object } }).graph.nodes),
    ).toEqual(expect.arrayContaining(placed));
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
    // All services; `stack:render` renders all of them and is not cached.
    expect(again.out).toMatch(/\b6 out of 7 tasks/);
  });
});

/** The services that stand somewhere in an environment, sorted. */
function placedIn(environment: 'lab' | 'prod'): string[] {
  const { hosts } = inventoryEnvironment(environment);
  return [...new Set(hosts.flatMap(({ services }) => services))].sort();
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}
