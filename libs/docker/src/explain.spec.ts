import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainPull, explainSilence, explainStart, socketScript } from './explain';

describe('explainPull', () => {
  it.each([
    ['manifest for a/b:1.0 not found: manifest unknown: manifest unknown', 'no such image'],
    ['toomanyrequests: You have reached your pull rate limit.', 'more pulls'],
    ['received unexpected HTTP status: 429 Too Many Requests', 'more pulls'],
    ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'processor'],
    ["pull access denied for a, repository does not exist or may require 'docker login'", 'login'],
    ['write /var/lib/docker/tmp/x: no space left on device', 'disk'],
    ['tls: failed to verify certificate: x509: unknown authority', 'certificate'],
    ['dial tcp: lookup ghcr.io: no such host', 'cannot reach'],
    [
      'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused',
      'cannot reach',
    ],
  ])('%s', (engineError, expected) => {
    const error = explainPull('trusted', 'a/b:1.0', engineError);
    expect(error.what).toContain(expected);
    expect(error.what).toContain(engineError);
    expect(error.fix).toBeDefined();
  });
});

it('sends a user without rights to sudo, not to a group that still cannot use the directories', () => {
  const { fix } = explainSilence('trusted', 'denied', undefined);
  expect(fix).toMatch(/^set ssh: \{ sudo: true \} in the host's file/);
  expect(fix).not.toMatch(/usermod/);
});

describe('explainSilence', () => {
  it.each(['absent', 'stopped', 'rootless', 'denied', 'silent', ''])(
    'has a fix for %j',
    (state) => {
      const error = explainSilence('trusted', state, undefined);
      expect(error.where).toEqual({ host: 'trusted' });
      expect(error.fix).toBeDefined();
    },
  );
});

it('tells a rootless engine from one that is stopped, and does not start a second one', async () => {
  const home = mkdtempSync(join(tmpdir(), 'rootless-'));
  const state = () =>
    execFileSync('sh', ['-c', socketScript, 'sh', join(home, 'docker.sock')], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: join(home, 'run') },
    }).trim();
  expect(state()).toMatch(/^(?:stopped|absent)$/);
  mkdirSync(join(home, 'run'));
  const engine = createServer();
  await new Promise<void>((resolve) => engine.listen(join(home, 'run/docker.sock'), resolve));
  expect(state()).toBe('rootless');
  await new Promise((resolve) => engine.close(resolve));
  rmSync(home, { recursive: true });
  const { what, fix } = explainSilence('trusted', 'rootless', undefined);
  expect(what).toMatch(/rootless/);
  expect(fix).toMatch(/^do not start a second engine/);
});

describe('explainStart', () => {
  // As runc 1.3.3 in an unprivileged container of Proxmox says it (opencontainers/runc #4972).
  const words =
    'Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: ' +
    'runc create failed: unable to start container process: error during container init: ' +
    'open sysctl net.ipv4.ip_unprivileged_port_start file: reopen fd 8: permission denied: unknown';

  it('knows what an LXC container forbids after an update of runc, and the ways out', () => {
    expect(explainStart(words)?.what).toMatch(/LXC container \(Proxmox\)/);
    expect(explainStart(words)?.fix).toMatch(
      /lxc-pve to 6.*unconfined.*virtual machine.*1\.7\.28-1/,
    );
  });

  it.each(['permission denied', 'sysctl net.ipv4.ip_unprivileged_port_start is not allowed'])(
    'says nothing about %j',
    (other) => {
      expect(explainStart(other)).toBeUndefined();
    },
  );
});
