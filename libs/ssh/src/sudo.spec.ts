import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sshdPath, startSshd, type LocalSshd } from '@ai-stack/testing/sshd';
import { openConnection } from './open-connection';

jest.setTimeout(30_000);
const isThere = sshdPath !== undefined;
if (!isThere) console.warn('ssh.sudo is not tested: install openssh-server');

(isThere ? describe : describe.skip)('a user who needs sudo', () => {
  // A double of sudo: who it is for does not matter here, only that everything goes through it.
  const bin = mkdtempSync('/tmp/ai-stack-sudo-');
  let sshd: LocalSshd;
  beforeAll(async () => {
    const double = '#!/bin/sh\n[ "$1 $2" = "-n --" ] || exit 9\nshift 2\nVIA=sudo exec "$@"\n';
    writeFileSync(join(bin, 'sudo'), double, { mode: 0o755 });
    sshd = await startSshd([`SetEnv PATH=${bin}:/usr/local/bin:/usr/bin:/bin`]);
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(bin, { recursive: true, force: true });
  });

  it('runs every command through it, and without the setting none', async () => {
    for (const sudo of [true, undefined]) {
      const connection = await openConnection(sshd.host({ sudo }), { root: sshd.root });
      const { stdout } = await connection.script('printf "%s" "${VIA-none} $1"; cat', ["it's"], {
        stdin: ' and input',
      });
      expect(stdout).toBe(`${sudo ? 'sudo' : 'none'} it's and input`);
      await connection.close();
    }
  });

  it('reaches a command by a socket, several at once, whatever start files print', async () => {
    const connection = await openConnection(sshd.host({ sudo: true }), { root: sshd.root });
    const path = await connection.forwardCommand(['sh', '-c', 'echo "$VIA"; exec cat']);
    const talk = (text: string) =>
      new Promise<string>((resolve, reject) => {
        let answer = '';
        const socket = connect(path, () => socket.end(text));
        socket.on('data', (chunk) => (answer += chunk.toString()));
        socket.on('end', () => resolve(answer));
        socket.on('error', reject);
      });
    expect(await Promise.all(['a', 'b', 'c'].map(talk))).toEqual(['sudo\na', 'sudo\nb', 'sudo\nc']);
    expect(await connection.forwardCommand(['sh', '-c', 'echo "$VIA"; exec cat'])).toBe(path);
    await connection.close();
    await expect(talk('d')).rejects.toThrow();
  });
});
