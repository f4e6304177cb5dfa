import { describe, expect, it } from '@jest/globals';
import type { Host } from '@ai-stack/core';
import { explainFailure, isPassing } from './explain';

const host: Host = {
  name: 'trusted',
  fqdn: 'trusted.example.org',
  address: '192.0.2.10',
  role: 'test',
  ssh: {},
  services: [],
  gpus: [],
  dataRoot: '/srv/docker',
  stackRoot: '/opt/stacks/ai',
};

describe('explainFailure', () => {
  it.each([
    [
      'ssh: connect to host 192.0.2.10 port 22: Connection refused',
      'nothing listens',
      'start sshd',
    ],
    ['ssh: connect to host 192.0.2.10 port 22: Connection timed out', 'in time', 'ping 192.0.2.10'],
    ['Timeout, server 192.0.2.10 not responding.', 'in time', 'ping'],
    ['ssh: connect to host 192.0.2.10 port 22: No route to host', 'no route', 'ping'],
    ['root@192.0.2.10: Permission denied (publickey,password).', 'refused the login', 'ssh-add -l'],
    ['Host key verification failed.', 'host key is unknown', 'ssh-keyscan -t ed25519 192.0.2.10'],
    ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @', 'not the one', '-R 192.0.2.10'],
    ['ssh: Could not resolve hostname jump: Name or service not known', 'name', 'ProxyJump'],
    [
      'mux_client_request_session: session request failed: Session open refused by peer',
      'few',
      'MaxSessions',
    ],
    ['kex_exchange_identification: Connection closed by remote host', 'before', 'MaxStartups'],
    ['/root/.ssh/config: line 1: Bad configuration option: x', 'configuration', 'ssh -G'],
    [
      'Load key "k": Permissions 0644 for \'k\' are too open.\nWARNING: UNPROTECTED PRIVATE KEY FILE!',
      'others can read',
      'chmod 600',
    ],
    ['something new', 'gave up', '-v'],
  ])('%s', (line, what, fix) => {
    const error = explainFailure(host, line.split('\n'), 'the SSH connection');
    expect(error.where).toEqual({ host: 'trusted' });
    expect(error.what).toContain(what);
    expect(error.what).toContain(line.split('\n')[0]);
    expect(error.fix).toContain(fix);
  });

  it.each<[string, Host, string, string]>([
    [
      "the host's own name",
      host,
      'trusted.example.org',
      'write the address of trusted.example.org',
    ],
    ['a name of the ssh_config', host, 'bastion', 'correct bastion in your ssh_config'],
    [
      'our jump host',
      { ...host, ssh: { jump: 'me@bastion:22' } },
      'bastion',
      'correct ssh.jump (me@bastion:22)',
    ],
  ])('says where %s is corrected when it has no address', (_what, silent, name, fix) => {
    const line = `ssh: Could not resolve hostname ${name}: Name or service not known`;
    const error = explainFailure(silent, [line], 'the SSH connection');
    expect(error.fix).toContain(fix);
    if (silent.ssh.jump === undefined) expect(error.fix).not.toContain('ssh.jump');
  });

  it('never advises to accept a key unseen', () => {
    const error = explainFailure(host, ['Host key verification failed.'], 'the SSH connection');
    expect(error.fix).toContain('compare');
    expect(error.fix).not.toContain('StrictHostKeyChecking');
  });
});

describe('isPassing', () => {
  it.each([
    ['kex_exchange_identification: read: Connection reset by peer', true],
    ['kex_exchange_identification: Connection closed by remote host', true],
    ['ssh: connect to host 192.0.2.10 port 22: Connection refused', false],
    ['Permission denied (publickey).', false],
  ])('%s', (line, expected) => expect(isPassing([line])).toBe(expected));
});
