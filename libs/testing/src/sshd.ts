import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, Ssh } from '@ai-stack/core';

const candidates = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/local/bin/sshd'];

/** Where sshd is on this machine; undefined: not installed. */
export const sshdPath = candidates.find((path) => existsSync(path));

/** A real sshd on loopback with keys of its own; for tests. */
export interface LocalSshd {
  /** A workspace root for `openConnection`: holds the client's keys and known_hosts. */
  root: string;
  port: number;
  /** A host of the inventory that means this sshd. */
  host(ssh?: Ssh): Host;
  stop(): Promise<void>;
}

/** Starts sshd on a free port of 127.0.0.1. */
export async function startSshd(settings: readonly string[] = []): Promise<LocalSshd> {
  if (sshdPath === undefined) throw new Error('sshd is not installed');
  const root = mkdtempSync('/tmp/ai-stack-sshd-');
  const port = await freePort();
  for (const key of ['client', 'stranger', 'hostkey', 'otherhost']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(root, key)]);
  }
  const publicKey = (name: string): string =>
    readFileSync(join(root, `${name}.pub`), 'utf8').trim();
  const hostKeyLine = (name: string): string => `[127.0.0.1]:${port} ${publicKey(name)}\n`;
  writeFileSync(join(root, 'authorized_keys'), `${publicKey('client')}\n`, { mode: 0o600 });
  writeFileSync(join(root, 'known_hosts'), hostKeyLine('hostkey'));
  writeFileSync(join(root, 'known_hosts.empty'), '');
  writeFileSync(join(root, 'known_hosts.wrong'), hostKeyLine('otherhost'));
  const config = join(root, 'sshd_config');
  const lines = [
    ...['ListenAddress 127.0.0.1', `Port ${port}`, `HostKey ${root}/hostkey`, 'PidFile none'],
    ...[`AuthorizedKeysFile ${root}/authorized_keys`, 'PasswordAuthentication no'],
    ...['StrictModes no', 'UsePAM no', 'PermitRootLogin yes', 'LogLevel ERROR', ...settings],
  ];
  writeFileSync(config, lines.map((line) => `${line}\n`).join(''));
  if (userInfo().uid === 0) execFileSync('mkdir', ['-p', '/run/sshd']);
  const sshd = spawn(sshdPath, ['-D', '-e', '-f', config], { stdio: 'ignore' });
  await waitForPort(port, sshd);
  return {
    root,
    port,
    host: (ssh = {}) => ({
      name: 'local',
      fqdn: 'local.example.org',
      address: '127.0.0.1',
      role: 'test',
      services: [],
      gpus: [],
      dataRoot: '/srv/docker',
      stackRoot: '/opt/stacks/ai',
      ssh: {
        user: userInfo().username,
        port,
        identity: 'client',
        knownHosts: 'known_hosts',
        ...ssh,
      },
    }),
    stop: async () => {
      const ended = new Promise((resolve) => sshd.once('exit', resolve));
      sshd.kill();
      await ended;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function waitForPort(port: number, sshd: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (sshd.exitCode !== null) throw new Error(`sshd ended with ${sshd.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => socket.destroy());
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(25);
  }
  throw new Error('sshd does not listen');
}
