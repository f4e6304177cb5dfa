import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
import { exitCodes, StackError } from '@ai-stack/core';
import { openConnection, type Connection } from '@ai-stack/ssh';
import { sshdPath, startSshd, type LocalSshd } from '@ai-stack/testing/sshd';
import { acquireLocks, type Locks, type LockOptions } from './acquire';

jest.setTimeout(60_000);

const isThere = sshdPath !== undefined;
if (!isThere) console.warn('locks are not tested: install openssh-server');

const owner = {
  who: 'ann@desk',
  when: '2026-11-23T10:00:00Z',
  commit: null,
  command: 'deploy one',
};
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

(isThere ? describe : describe.skip)('locks over a real sshd', () => {
  let sshd: LocalSshd;
  let root: string;
  let directory: string;
  const opened: Connection[] = [];
  const acquired: Locks[] = [];
  const busy: string[] = [];

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'locks $(x) '));
    directory = join(root, 'one');
    busy.length = 0;
  });
  afterEach(async () => {
    await Promise.all(acquired.splice(0).map((locks) => locks.release()));
    await Promise.all(opened.splice(0).map((connection) => connection.close()));
    rmSync(root, { recursive: true });
  });

  const connect = async (): Promise<Connection> => {
    const connection = await openConnection(sshd.host(), { root: sshd.root });
    opened.push(connection);
    return connection;
  };
  const hold = async (
    connection: Connection,
    options: Partial<LockOptions> = {},
    directories = [directory],
  ): Promise<Locks> => {
    const onBusy = (host: string, text: string) => busy.push(`${host}: ${text}`);
    const all = { owner, waitSeconds: 0, onBusy, ...options };
    const locks = await acquireLocks([{ connection, directories }], all);
    acquired.push(locks);
    return locks;
  };
  const lockFile = () => readFileSync(join(directory, '.stack/lock.json'), 'utf8');

  it('is held by one alone, says by whom, and is free once it is released', async () => {
    const [ann, bob] = [await connect(), await connect()];
    const first = await hold(ann, {}, [directory, join(root, 'two')]);
    expect(JSON.parse(lockFile())).toEqual(owner);
    const refused = await caught(hold(bob, { waitSeconds: 1 }));
    expect(refused).toMatchObject({
      what: 'locked for more than 1 s: deploy one by ann@desk since 2026-11-23T10:00:00Z',
      exitCode: exitCodes.locked,
      where: { host: 'local' },
      fix: expect.stringContaining('--lock-timeout'),
    });
    expect(busy).toEqual(['local: waiting for deploy one by ann@desk since 2026-11-23T10:00:00Z']);
    await hold(bob, {}, [join(root, 'three')]);
    const waiting = hold(bob, { waitSeconds: 20 });
    await sleep(300);
    await first.release();
    const second = await waiting;
    expect(second.fenceBefore('local', directory)).toBeGreaterThan(0);
    expect(first.signal.aborted).toBe(false);
  });

  it('is free at once when its connection ends', async () => {
    const ann = await connect();
    const first = await hold(ann);
    await ann.close();
    await hold(await connect(), { waitSeconds: 5 });
    expect(first.signal.reason).toBeInstanceOf(StackError);
  });

  it('is free some time after the last heartbeat, though the connection is still open', async () => {
    const ann = await connect();
    await hold(ann, { patienceSeconds: 2 });
    const masters = execFileSync('pgrep', ['-f', `^ssh -M .*${sshd.port}`], {
      encoding: 'utf8',
    });
    const pids = masters.trim().split('\n').map(Number);
    expect(pids).toHaveLength(1);
    // Nothing more arrives at the host, and nothing says so: a cable that was cut.
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      const began = Date.now();
      await hold(await connect(), { waitSeconds: 15 });
      expect(Date.now() - began).toBeGreaterThan(500);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
  });

  it('lets no script of an earlier holder change anything', async () => {
    const [ann, bob] = [await connect(), await connect()];
    const first = await hold(ann);
    const before = first.fence('local', directory);
    await ann.script('echo "$1" >"$2"', ['by ann', join(root, 'out')], { before });
    await first.release();
    const second = await hold(bob);
    const late = ann.script('echo "$1" >"$2"', ['too late', join(root, 'out')], { before });
    expect(await caught(late)).toMatchObject({ what: expect.stringContaining('exit code 75') });
    const upload = ann.upload([{ path: 'a', content: 'x', mode: 0o600 }], join(root, 'up'), before);
    expect(await caught(upload)).toBeInstanceOf(StackError);
    expect(readFileSync(join(root, 'out'), 'utf8')).toBe('by ann\n');
    const now = second.fence('local', directory);
    await bob.script('echo "$1" >"$2"', ['by bob', join(root, 'out')], { before: now });
    expect(readFileSync(join(root, 'out'), 'utf8')).toBe('by bob\n');
  });

  it('waits for what an earlier holder began, and says so when that takes too long', async () => {
    const [ann, bob] = [await connect(), await connect()];
    const first = await hold(ann);
    const before = first.fence('local', directory);
    const work = ann.script('sleep 3; echo done >"$1"', [join(root, 'out')], { before });
    await sleep(500);
    await first.release();
    expect(await caught(hold(bob, { waitSeconds: 1 }))).toMatchObject({
      what: 'a docker compose that an earlier deploy started is still running',
      exitCode: exitCodes.locked,
    });
    await hold(bob, { waitSeconds: 10 });
    expect(readFileSync(join(root, 'out'), 'utf8')).toBe('done\n');
    await work;
  });

  it('never blocks two who want the same in another order', async () => {
    const [ann, bob] = [await connect(), await connect()];
    const both = [directory, join(root, 'two')];
    const take = async (connection: Connection, directories: string[]) => {
      const locks = await hold(connection, { waitSeconds: 20 }, directories);
      await locks.release();
    };
    await Promise.all([take(ann, both), take(bob, [...both].reverse())]);
  });
});
