import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import type { Host, Ssh } from '@ai-stack/core';
import type { Connection } from './connection';
import { freePort, sshdPath, startSshd, type LocalSshd } from '@ai-stack/testing/sshd';
import { openConnection } from './open-connection';

jest.setTimeout(60_000);
if (sshdPath === undefined) console.warn('kept connections are not tested: install openssh-server');

(sshdPath === undefined ? describe.skip : describe)('a connection that is kept open', () => {
  let sshd: LocalSshd;
  let runtime: string;
  let before: string | undefined;
  const directory = () => join(runtime, `ai-stack-ssh-${userInfo().uid}`);

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());
  beforeEach(() => {
    runtime = mkdtempSync('/tmp/kept-');
    before = process.env['XDG_RUNTIME_DIR'];
    process.env['XDG_RUNTIME_DIR'] = runtime;
  });
  afterEach(() => {
    for (const pid of masters()) process.kill(pid);
    if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
    else process.env['XDG_RUNTIME_DIR'] = before;
    rmSync(runtime, { recursive: true, force: true });
  });

  const hostOf = (more: Ssh = {}): Host => sshd.host({ keepOpen: '30s', ...more });
  const open = (more: Ssh = {}, root = sshd.root): Promise<Connection> =>
    openConnection(hostOf(more), { root });
  const masters = (): number[] =>
    execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter(
        (line) => /^\s*\d+ ssh: .*\[mux\]|^\s*\d+ ssh -f /.test(line) && line.includes(runtime),
      )
      .map((line) => Number.parseInt(line, 10));
  /** The parent of a command there is the server's process of that connection. */
  const server = async (connection: Connection): Promise<string> =>
    (await connection.script('echo "$SSH_CONNECTION"', [])).stdout;

  it('serves the next command, and one at a time', async () => {
    const first = await open();
    const seen = await server(first);
    const meanwhile = await open();
    expect(await server(meanwhile)).not.toBe(seen);
    await first.close();
    await meanwhile.close();
    expect(readdirSync(directory())).toHaveLength(1);
    expect(masters()).toHaveLength(1);
    const next = await open();
    expect(await server(next)).toBe(seen);
    await next.close();
  });

  it('forgets the forwards of the command before', async () => {
    const path = join(runtime, 'web.sock');
    const web = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => web.listen(path, resolve));
    for (let at = 0; at < 3; at += 1) {
      const connection = await open();
      const local = await connection.forwardSocket(path);
      expect(await read(local)).toBe('hello');
      await connection.close();
      expect(existsSync(local)).toBe(false);
      const [name = ''] = readdirSync(directory());
      expect(readdirSync(join(directory(), name)).sort()).toEqual(['log', 's']);
    }
    web.close();
  });

  it('is not used for another user, port, jump, address or key than it was opened for', async () => {
    const first = await open();
    const seen = await server(first);
    await first.close();
    const failure = (connection: Promise<Connection>): Promise<string> =>
      connection.then(
        async (item) => {
          await item.close();
          return 'connected';
        },
        (error: unknown) => String(error),
      );
    expect(await failure(open({ knownHosts: 'known_hosts.wrong' }))).toContain('the host key');
    expect(await failure(open({ port: await freePort() }))).toContain('nothing listens');
    expect(await failure(open({ user: 'nobody-here' }))).toContain('refused the login');
    expect(await failure(open({ jump: 'nobody.invalid' }))).toContain('could not be resolved');
    const known = join(sshd.root, 'known_hosts');
    const text = execFileSync('cat', [known]).toString();
    writeFileSync(known, `# another\n${text}`);
    const anew = await open();
    expect(await server(anew)).not.toBe(seen);
    await anew.close();
    writeFileSync(known, text);
    const again = await open();
    expect(await server(again)).toBe(seen);
    await again.close();
  });

  it('is replaced within seconds when its host does not answer any more', async () => {
    const relay = await openRelay(sshd.port);
    const through = () =>
      openConnection(
        { ...hostOf({ port: relay.port }), ssh: { ...hostOf().ssh, port: relay.port } },
        { root: sshd.root },
      );
    writeFileSync(
      join(sshd.root, 'known_hosts'),
      execFileSync('cat', [join(sshd.root, 'known_hosts')])
        .toString()
        .replaceAll(/^(\[127\.0\.0\.1\]):\d+ (.*)$/gm, `$1:${sshd.port} $2\n$1:${relay.port} $2`),
    );
    const first = await through();
    const seen = await server(first);
    await first.close();
    relay.cut();
    const started = Date.now();
    const next = await through();
    expect(Date.now() - started).toBeLessThan(8000);
    expect(await server(next)).not.toBe(seen);
    await next.close();
    relay.close();
  });

  it('is replaced when its master was killed, and what killed commands held is cleared', async () => {
    const first = await open();
    await first.close();
    for (const pid of masters()) process.kill(pid, 'SIGKILL');
    await sleep(100);
    const next = await open();
    expect((await next.run(['echo', 'yes'])).stdout).toBe('yes\n');
    await next.close();
    const [name = ''] = readdirSync(directory());
    mkdirSync(join(directory(), `${name}.999999999-1`));
    const third = await open();
    await third.close();
    await sleep(200);
    expect(readdirSync(directory())).toEqual([name]);
  });

  it('is ended after a command that did not end', async () => {
    const first = await open();
    await expect(first.run(['sleep', '20'], { timeoutMs: 300 })).rejects.toThrow('did not end');
    await first.close();
    expect(readdirSync(directory())).toEqual([]);
  });

  it('ends by itself when nobody has used it for so long', async () => {
    const first = await open({ keepOpen: '2s' });
    await first.close();
    expect(masters()).toHaveLength(1);
    for (let tries = 0; masters().length > 0 && tries < 100; tries += 1) await sleep(100);
    expect(masters()).toEqual([]);
  });

  it('is refused where others could use it', async () => {
    mkdirSync(directory());
    chmodSync(directory(), 0o755);
    await expect(open()).rejects.toThrow('is not a directory that only you can use');
  });
});

function read(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(path);
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

/** A cable: once cut, what goes through it gets no answer, and new connections work. */
async function openRelay(
  to: number,
): Promise<{ port: number; cut: () => void; close: () => void }> {
  let open: Socket[] = [];
  const all: Socket[] = [];
  const server: Server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    open.push(near, far);
    all.push(near, far);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    cut: () => {
      for (const socket of open) socket.unpipe().pause();
      open = [];
    },
    close: () => {
      server.close();
      for (const socket of all) socket.destroy();
    },
  };
}
