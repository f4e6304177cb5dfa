import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ProbeResult, VerifyReport } from '@ai-stack/core';
import { containerOf, lab, node, nx, onHost, stack, Workspace } from '../lab';

jest.setTimeout(600_000);

const root = process.cwd();
const inventory = 'libs/inventory/environments/lab';
let workspace: Workspace;
let net: string;
beforeAll(() => {
  workspace = new Workspace();
  net = readFileSync('.lab/net', 'utf8').trim();
});
// A file that a test has changed stays changed until its world is over.
afterEach(() => workspace.restore());
afterAll(async () => {
  workspace.remove();
  await enter();
  expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
});

/** Switches these worlds on, and all others off. */
async function enter(...worlds: string[]): Promise<void> {
  const options = worlds.map((world) => `--world=${world}`);
  const main = 'tools/lab/src/main.ts';
  const ran = await node(root, '-r', '@swc-node/register', main, 'up', ...options);
  expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
}

async function deploy(...args: string[]): Promise<void> {
  const ran = await workspace.stack('deploy', ...args);
  expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
}

/** The probes that fail, by their ids. Completions are left out: they take a minute each, and no world changes them. */
async function failures(...args: string[]): Promise<Record<string, ProbeResult>> {
  const levels = '--level=container,api,client';
  const ran = await workspace.stack('verify', ...args, levels, '--timeout=30', '--json');
  const reports = JSON.parse(ran.out) as VerifyReport[];
  const failed = reports.flatMap(({ probes }) => probes).filter(({ ok }) => !ok);
  expect(ran.code).toBe(failed.length === 0 ? 0 : 5);
  return Object.fromEntries(failed.map((probe) => [probe.id, probe]));
}

/** Everything is as it has to be, and nothing is left to do. */
async function isWell(): Promise<void> {
  expect(await failures()).toEqual({});
  expect(await workspace.stack('plan', '--expect-no-changes')).toMatchObject({ code: 0 });
}

/** A host loses its power and gets it again; it is back when sshd and the engine answer. */
async function reboot(host: string): Promise<void> {
  expect(await lab('kill', host)).toMatchObject({ code: 0 });
  expect(await lab('start', host)).toMatchObject({ code: 0 });
}

const flat = (text: string): string => text.replace(/[\s│]+/g, ' ');

it('no world that the lab does not know is switched on', async () => {
  const ran = await nx(root, 'run', 'lab:up', '--world=router', '--world=moon');
  expect(ran.code).not.toBe(0);
  expect(ran.out + ran.err).toMatch(/There is no world 'moon'\. The lab knows: collector, dns53/);
  expect((await lab('status')).out).not.toMatch(/^worlds/m);
});

describe('a host whose address comes 20 s after Docker', () => {
  const dns = 'dns/container-dns@trusted';

  it('has services that are down after a boot, which verify and the plan explain', async () => {
    await enter();
    await deploy();
    await enter('late-address');
    const failed = await failures('dns');
    expect(failed[dns]).toMatchObject({
      observed: expect.stringMatching(/^exited, .*cannot assign requested address/),
      fix: expect.stringMatching(/^on trusted: echo net\.ipv4\.ip_nonlocal_bind=1 .*dns:deploy/),
    });
    const plan = await workspace.stack('plan');
    expect(flat(plan.out)).toMatch(
      /warning: dns did not start at the last boot of trusted: .*sysctl/,
    );
    // The remedy as it is printed, up to the name of the document.
    const [, remedy = ''] = /^on trusted: (.*?) \(docs/.exec(failed[dns]?.fix ?? '') ?? [];
    await onHost('trusted', 'sh', '-c', remedy);
    expect((await workspace.stack('plan')).out).not.toMatch(/did not start at the last boot/);
    await deploy();
    await isWell();
  });

  it('survives the next boots, which start all without a deploy', async () => {
    const before = await containerOf('trusted', 'dns');
    await reboot('trusted');
    await isWell();
    expect(await containerOf('trusted', 'dns')).toBe(before);
    // The way back, so that the next worlds find the host as it was.
    await onHost('trusted', 'rm', '/etc/sysctl.d/60-ai-stack.conf');
  });
});

describe('a home router that is the resolver, with a second provider', () => {
  const dnsFile = `${inventory}/dns.yaml`;
  const upstreams = (...numbers: number[]) =>
    workspace.edit(
      dnsFile,
      /upstreams:\n(?: +- .*\n)+/,
      `upstreams:\n${numbers.map((number) => `  - \${LAB_NET}.${number}\n`).join('')}`,
    );
  beforeAll(() => enter('router'));

  it('is well with the provider as upstream, and the second only after it', async () => {
    upstreams(2, 253);
    await deploy();
    await isWell();
    // The hosts ask the router, which asks us.
    const asked = await onHost('management', 'getent', 'hosts', 'trusted.lab.test');
    expect(asked).toMatch(new RegExp(`^${net.replaceAll('.', '\\.')}\\.11\\b`));
    const resolver = new Resolver();
    resolver.setServers([`${net}.11`]);
    // Only the first provider knows it.
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => resolver.resolve4('www.lab.test')),
    );
    expect(new Set(answers.flat())).toEqual(new Set(['192.0.2.80']));
  });

  it('is refused as upstream, and overridden is red where the names of the zone go round', async () => {
    upstreams(254);
    const refused = await workspace.stack('deploy', 'dns');
    expect(refused.code).toBe(2);
    expect(flat(refused.err)).toMatch(/upstream \S+\.254 seems to forward lab\.test to trusted/);
    await deploy('dns', '--allow=zone-circle');
    const failed = await failures('dns');
    expect(failed).toMatchObject({
      'dns/unknown-name': { fix: expect.stringMatching(/forwarding of lab\.test .* dns\.yaml/) },
    });
    // A circle ends by itself, and the names of the zone are answered.
    expect(Object.keys(failed).filter((id) => !/-name$/.test(id))).toEqual([]);
    // What the fix says.
    workspace.restore();
    await deploy();
    await isWell();
  });
});

describe('another DNS server on port 53', () => {
  it('is named by verify and by the guard, and once it is stopped all is well', async () => {
    await deploy();
    await enter('dns53');
    expect(await failures('dns')).toMatchObject({
      'dns/container-dns@trusted': { observed: expect.stringContaining('address already in use') },
    });
    const refused = await workspace.stack('deploy');
    expect(refused.code).toBe(2);
    expect(flat(refused.err)).toMatch(/\.11:53\/udp on trusted is taken by a program/);
    const [look = ''] = /ss -ulpn 'sport = :53'/.exec(flat(refused.err)) ?? [];
    const owner = await onHost('trusted', 'sh', '-c', look);
    const [, pid = ''] = /"dnsmasq",pid=(\d+)/.exec(owner) ?? [];
    await onHost('trusted', 'kill', pid);
    await deploy();
    await isWell();
  });
});

describe('a proxy in front of Traefik that collects answers', () => {
  const stream = 'litellm/public-stream-qwen2.5-coder';
  // Without a chat there is no stream, and the light lab has none.
  const addGateway = () =>
    workspace.edit(`${inventory}/hosts/trusted.yaml`, /^( *)- dns\n/m, '$1- dns\n$1- litellm\n');

  // Before its line is taken out of the host's file again.
  afterEach(() => workspace.stack('destroy', 'litellm'));

  it('fails the probe of the stream, until it passes answers on as they come', async () => {
    addGateway();
    await enter('collector');
    await deploy();
    const failed = await failures('litellm');
    expect(Object.keys(failed)).toEqual([stream]);
    expect(failed[stream]?.fix).toMatch(/something between Traefik and the client collects/);
    const config = '/etc/nginx/collector.conf';
    // Without chunks, what it sends at once arrives at once; with them, the lab's fast models look the same as before.
    const fixed = 's/proxy_buffering on/proxy_buffering off/; /chunked_transfer_encoding off/d';
    await onHost('trusted', 'sed', '-i', fixed, config);
    await onHost('trusted', 'nginx', '-c', config, '-s', 'reload');
    await isWell();
  });
});

describe('a firewall', () => {
  it('closes published ports until `ufw route allow` opens them', async () => {
    await enter('ufw');
    expect(await onHost('management', 'ufw', 'status')).toMatch(/^Status: active/);
    await deploy();
    const failed = await failures();
    const ports = Object.values(failed).filter(({ fix = '' }) => fix.includes('ufw-docker'));
    expect(ports.map(({ id }) => id).sort()).toEqual([
      'ollama/port-api@management',
      'qdrant/port-api@management',
    ]);
    for (const { target } of ports) {
      const port = target.replace(/.*:/, '');
      await onHost(
        'management',
        ...[
          'ufw',
          'route',
          'allow',
          'proto',
          'tcp',
          'from',
          `${net}.11`,
          'to',
          'any',
          'port',
          port,
        ],
      );
    }
    await isWell();
  });
});

describe('a host without internet', () => {
  it('pulls from a mirror below a path', async () => {
    await enter('offline');
    const pull = ['docker', 'pull', '--quiet', 'qdrant/qdrant:v1.19.0'];
    await expect(onHost('management', ...pull)).rejects.toThrow(/registry-1\.docker\.io/);
    const mirror = `registryMirror: ${net}.2:8081/mirror/docker.io\n`;
    workspace.edit(`${inventory}/environment.yaml`, /^secretsFile:/m, `${mirror}secretsFile:`);
    await deploy();
    await isWell();
  });
});

describe('engines with IPv6 and 1024 open files, and a router: several worlds at the same time', () => {
  it('run everything', async () => {
    await enter('ipv6', 'nofile', 'router');
    expect((await lab('status')).out).toMatch(/^worlds +ipv6 nofile router$/m);
    await deploy();
    // A container keeps the limit that it was created with.
    for (const service of ['dns', 'ollama', 'qdrant']) await deploy(service, '--replace');
    const image = 'ai-stack-lab/idp-double:1';
    const limit = await onHost(
      'trusted',
      ...['docker', 'run', '--rm', '--entrypoint', 'sh', image, '-c', 'ulimit -n'],
    );
    expect(limit).toBe('1024');
    // What we render says more than the engine's default.
    const qdrant = await containerOf('management', 'qdrant');
    const script = 'cat /proc/$(docker inspect -f {{.State.Pid}} "$0")/limits';
    const limits = await onHost('management', 'sh', '-c', script, qdrant);
    expect(Number(/^Max open files +(\d+)/m.exec(limits)?.[1])).toBeGreaterThan(1024);
    const bridge = ['docker', 'network', 'inspect', 'bridge', '-f', '{{.EnableIPv6}}'];
    expect(await onHost('management', ...bridge)).toBe('true');
    expect(await onHost('management', 'cat', '/etc/resolv.conf')).toContain(`${net}.254`);
    await isWell();
  });
});
