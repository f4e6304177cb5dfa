import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Host } from '@ai-stack/core';
import type { Connection } from './connection';
import { freePort, sshdPath, startSshd, type LocalSshd } from '@ai-stack/testing/sshd';
import { nasty } from '@ai-stack/testing/hostile-words';
import { beginConnections, openConnection } from './open-connection';

const title = 'over a real sshd';
const isThere = sshdPath !== undefined;
if (!isThere) {
  console.warn('libs/ssh is not tested: install openssh-server (apt-get install openssh-server)');
}

jest.setTimeout(30_000);
(isThere ? describe : describe.skip)(title, () => {
  let sshd: LocalSshd;
  let connection: Connection;
  const lines: string[] = [];

  beforeAll(async () => {
    sshd = await startSshd();
    connection = await openConnection(sshd.host(), {
      root: sshd.root,
      log: (line) => lines.push(line),
    });
  });
  afterAll(async () => {
    await connection.close();
    await sshd.stop();
  });

  const failure = async (ssh: Parameters<LocalSshd['host']>[0], more = {}): Promise<string> => {
    const opened = openConnection({ ...sshd.host(ssh), ...more }, { root: sshd.root });
    return opened.then(
      async (wrong) => {
        await wrong.close();
        return 'connected';
      },
      (error: unknown) => String(error),
    );
  };

  it('gives back output, error output and exit code', async () => {
    const result = await connection.script('echo out; echo err >&2; exit 3', [], {
      allowFailure: true,
    });
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
  });

  it('hands every word over literally', async () => {
    const runs = nasty.map((word) => connection.run(['printf', '%s|', word]));
    expect((await Promise.all(runs)).map((result) => result.stdout)).toEqual(
      nasty.map((text) => `${text}|`),
    );
    const { stdout } = await connection.script('printf "%s|" "$@"', nasty);
    expect(stdout).toBe(nasty.map((word) => `${word}|`).join(''));
  });

  it('hands standard input over', async () => {
    const text = 'secret\n'.repeat(50_000);
    expect((await connection.run(['cat'], { stdin: text })).stdout).toBe(text);
    expect((await connection.run(['cat'])).stdout).toBe('');
    expect((await connection.run(['true'], { stdin: text })).exitCode).toBe(0);
  });

  it('shows lines as they come', async () => {
    const seen: string[] = [];
    await connection.script('echo a; echo b >&2; printf c', [], {
      onLine: (line, stream) => seen.push(`${stream} ${line}`),
    });
    expect(seen.sort()).toEqual(['stderr b', 'stdout a', 'stdout c']);
  });

  it('says host, command, exit code and last lines of a failed command', async () => {
    await expect(connection.run(['ls', '/nowhere'])).rejects.toThrow(
      /host local: ls \/nowhere ended with exit code 2\n {2}\| ls: cannot access '\/nowhere'/,
    );
  });

  it('calls a script by what it does', async () => {
    const options = { doing: 'making tea' };
    await expect(connection.script('exit 7', [], options)).rejects.toThrow(
      /host local: making tea ended with exit code 7$/,
    );
  });

  it('takes 255 as the exit code of a command', async () => {
    const { exitCode } = await connection.script('exit 255', [], { allowFailure: true });
    expect(exitCode).toBe(255);
  });

  it('ends a command at its deadline', async () => {
    const started = Date.now();
    await expect(connection.run(['sleep', '20'], { timeoutMs: 300 })).rejects.toThrow(
      'sleep 20 did not end within 0.3 s',
    );
    expect(Date.now() - started).toBeLessThan(5000);
    expect((await connection.run(['echo', 'alive'])).stdout).toBe('alive\n');
  });

  it('runs more commands at once than sshd allows sessions', async () => {
    const words = Array.from({ length: 30 }, (_, at) => String(at));
    const results = await Promise.all(words.map((word) => connection.run(['echo', word])));
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(words);
  });

  it('answers a short command while many long ones run', async () => {
    const long = Array.from({ length: 12 }, () =>
      connection.run(['sleep', '3'], { timeoutMs: 600_000 }),
    );
    const started = Date.now();
    expect((await connection.run(['echo', 'soon'])).stdout).toBe('soon\n');
    expect(Date.now() - started).toBeLessThan(2500);
    await Promise.all(long);
  });

  it('logs one line per command, never its input', async () => {
    lines.length = 0;
    await connection.run(['cat'], { stdin: 'hidden' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^local: cat \(exit 0, \d+ ms\)$/);
  });

  it('uploads nasty names and contents', async () => {
    const directory = join(sshd.root, "up load's", 'deep');
    const files = [
      { path: 'compose.yaml', content: 'a: "$HOME"\n', mode: 0o644 },
      { path: '-rf', content: '', mode: 0o600 },
      { path: "sub dir/it's $(id)\nnew", content: 'æ\0\\n', mode: 0o640 },
      {
        path: `${'long'.repeat(30)}/${'name'.repeat(40)}`,
        content: 'x'.repeat(300_000),
        mode: 0o755,
      },
    ];
    await connection.upload(files, directory);
    await connection.upload(files.slice(0, 1), directory);
    for (const { path, content, mode } of files) {
      expect(readFileSync(join(directory, path), 'utf8')).toBe(content);
      expect(statSync(join(directory, path)).mode & 0o7777).toBe(mode);
    }
    expect(statSync(directory).mode & 0o7777).toBe(0o700);
    await connection.upload([], join(sshd.root, 'empty'));
    expect(readdirSync(join(sshd.root, 'empty'))).toEqual([]);
  });

  it.each(['/etc/x', '../x', 'a/../../x', 'a//b', '', 'a\0'])(
    'refuses to upload %j',
    async (path) => {
      const upload = connection.upload([{ path, content: '', mode: 0o600 }], sshd.root);
      await expect(upload).rejects.toThrow('cannot upload');
    },
  );

  it('forwards to TCP and to a socket', async () => {
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as { port: number }).port;
    const path = join(sshd.root, 'web.sock');
    const socketServer = createServer((_, response) => response.end('socket'));
    await new Promise<void>((resolve) => socketServer.listen(path, resolve));
    const tcp = await connection.forwardTcp('localhost', port);
    expect(await get(tcp)).toBe('hello');
    expect(await connection.forwardTcp('localhost', port)).toBe(tcp);
    const socket = await connection.forwardSocket(path);
    expect(await get(socket)).toBe('socket');
    expect(statSync(tcp).mode & 0o077).toBe(0);
    expect(statSync(dirname(tcp)).mode & 0o777).toBe(0o700);
    server.close();
    socketServer.close();
  });

  it('refuses an unknown and a changed host key, and says how to confirm it', async () => {
    const unknown = await failure({ knownHosts: 'known_hosts.empty' });
    expect(unknown).toContain('the host key is unknown');
    expect(unknown).toContain(`ssh-keyscan -t ed25519 -p ${sshd.port} 127.0.0.1`);
    const changed = await failure({ knownHosts: 'known_hosts.wrong' });
    expect(changed).toContain('the host key is not the one in known_hosts');
    expect(changed).toContain(`-R '[127.0.0.1]:${sshd.port}'`);
  });

  it('accepts the key that plain ssh knows by the name, and refuses a wrong one', async () => {
    const key = (file: string) => readFileSync(join(sshd.root, `${file}.pub`), 'utf8');
    const named = (name: string, file: string) => {
      writeFileSync(join(sshd.root, 'known_hosts.named'), `${name} ${key(file)}`);
      return failure({ knownHosts: 'known_hosts.named' });
    };
    const plain = `[local.example.org]:${sshd.port}`;
    expect(await named(plain, 'hostkey')).toBe('connected');
    const changed = await named(plain, 'otherhost');
    expect(changed).toContain('the host key is not the one in known_hosts');
    expect(changed).toContain(`-R '${plain}'`);
    expect(await named('[other.example.org]:1', 'hostkey')).toContain('the host key is unknown');
    // Plain ssh would not look here.
    expect(await named('local.example.org', 'hostkey')).toContain('the host key is unknown');
  });

  it('takes a wrong key by the address for wrong, whatever is known by the name', async () => {
    const key = (file: string) => readFileSync(join(sshd.root, `${file}.pub`), 'utf8');
    const lines = [
      `[127.0.0.1]:${sshd.port} ${key('otherhost')}`,
      `[local.example.org]:${sshd.port} ${key('hostkey')}`,
    ];
    writeFileSync(join(sshd.root, 'known_hosts.both'), lines.join(''));
    expect(await failure({ knownHosts: 'known_hosts.both' })).toContain(
      'the host key is not the one in known_hosts',
    );
  });

  it('refuses with a fix: wrong key, missing key, closed port, unknown jump host', async () => {
    expect(await failure({ identity: 'stranger' })).toContain('refused the login');
    expect(await failure({ identity: 'absent' })).toContain('the private key file is missing');
    expect(await failure({ port: await freePort() })).toContain('nothing listens on its SSH port');
    expect(await failure({ jump: 'nobody.invalid' })).toContain('a name could not be resolved');
  });

  it("honours the operator's own configuration for the host's name", async () => {
    const configFile = join(sshd.root, 'config');
    const settings = [
      `Port ${sshd.port}`,
      `IdentityFile ${sshd.root}/client`,
      'IdentitiesOnly yes',
    ];
    settings.push(`UserKnownHostsFile ${sshd.root}/known_hosts`, 'RemoteCommand echo no');
    settings.push(
      'RequestTTY force',
      'LogLevel QUIET',
      'ControlPath none',
      'LocalForward 1 [::1]:1',
    );
    writeFileSync(configFile, `Host local.example.org\n  ${settings.join('\n  ')}\n`);
    const host = { ...sshd.host(), ssh: {} };
    const own = await openConnection(host, { root: '/nowhere', configFile });
    expect((await own.run(['echo', 'yes'])).stdout).toBe('yes\n');
    await own.close();
  });

  it('goes where plain ssh would while the address is not known', async () => {
    const configFile = join(sshd.root, 'named');
    const settings = [
      `IdentityFile ${sshd.root}/client`,
      `UserKnownHostsFile ${sshd.root}/known_hosts`,
    ];
    const lines = ['HostName 127.0.0.1', `Port ${sshd.port}`, ...settings];
    writeFileSync(configFile, `Host local.example.org\n  ${lines.join('\n  ')}\n`);
    const host = { ...sshd.host(), address: 'local.example.org', ssh: {} };
    const options = { root: '/nowhere', configFile, isAddressOpen: true };
    const own = await openConnection(host, options);
    expect((await own.run(['echo', 'yes'])).stdout).toBe('yes\n');
    await own.close();
  });

  it('goes through a jump host', async () => {
    const configFile = join(sshd.root, 'jump');
    const settings = `IdentityFile ${sshd.root}/client\n  UserKnownHostsFile ${sshd.root}/known_hosts\n`;
    writeFileSync(
      configFile,
      `Host jump\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  ${settings}`,
    );
    const own = await openConnection(sshd.host({ jump: 'jump' }), { root: sshd.root, configFile });
    expect((await own.run(['echo', 'far'])).stdout).toBe('far\n');
    await own.close();
  });

  it('lets silent hosts delay nobody, and ends their logins when they are not wanted any more', async () => {
    const silent = createSocketServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const named = (host: Host, name: string) => ({ ...host, name });
    const hosts = [
      ...Array.from({ length: 9 }, (_, at) => named(sshd.host({ port }), `silent${at}`)),
      named(sshd.host(), 'speaking'),
    ];
    const stop = new AbortController();
    const begun = beginConnections(hosts, { root: sshd.root, signal: stop.signal });
    const speaking = await begun.get('speaking');
    expect((await speaking?.run(['echo', 'yes']))?.stdout).toBe('yes\n');
    const stopped = Date.now();
    stop.abort();
    const ended = await Promise.allSettled(begun.values());
    await speaking?.close();
    silent.close();
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(9);
    expect(Date.now() - stopped).toBeLessThan(5000);
  });

  it('leaves neither process nor file when closed, and refuses to run', async () => {
    const own = await openConnection(sshd.host(), { root: sshd.root });
    const directory = dirname(await own.forwardTcp('localhost', 9));
    await own.close();
    await own.close();
    expect(existsSync(directory)).toBe(false);
    expect(mastersOf(sshd.port)).toHaveLength(1);
    await expect(own.run(['true'])).rejects.toThrow('the connection is closed');
  });

  it('says so when the connection is lost in the middle of a command', async () => {
    const others = mastersOf(sshd.port);
    const own = await openConnection(sshd.host(), { root: sshd.root });
    const sleeping = own.run(['sleep', '30']);
    sleeping.catch(() => undefined);
    await sleep(300);
    for (const pid of mastersOf(sshd.port)) if (!others.includes(pid)) process.kill(pid, 'SIGKILL');
    await expect(sleeping).rejects.toThrow(/host local: sleep 30 failed/);
    await own.close();
  });

  it('ends by itself when its controller is killed', async () => {
    const program = [
      `const { openConnection } = require('./libs/ssh/src/index.ts');`,
      `openConnection(${JSON.stringify(sshd.host())}, { root: ${JSON.stringify(sshd.root)} })`,
      `.then(async (one) => { console.log(await one.forwardTcp('localhost', 9)); return one.run(['sleep', '60']); });`,
    ].join('\n');
    const child = spawn(process.execPath, ['-r', '@swc-node/register', '-e', program], {
      cwd: process.cwd(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const local = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
      child.once('exit', () => reject(new Error('it ended early')));
    });
    expect(existsSync(local)).toBe(true);
    child.kill('SIGKILL');
    await waitUntil(() => !existsSync(dirname(local)) && mastersOf(sshd.port).length === 1);
  });
});

async function waitUntil(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 100) throw new Error('it did not come to pass within 5 s');
    await sleep(50);
  }
}

/** Process ids of our masters to that sshd. */
function mastersOf(port: number): number[] {
  const list = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return list
    .filter((line) => /^\s*\d+ ssh .*-M -N/.test(line) && line.includes(`-p ${port} `))
    .map((line) => Number.parseInt(line, 10));
}

function get(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/', agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject).end();
  });
}
