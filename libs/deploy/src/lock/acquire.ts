import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, flattenErrors, StackError, throwAll } from '@ai-stack/core';
import type { Connection, Preamble } from '@ai-stack/ssh';
import { describeOwner, type LockOwner } from './owner';
import { fenceText, lockScript } from './scripts';

export interface LockOptions {
  owner: LockOwner;
  /** How long to wait for another operator, in seconds. */
  waitSeconds: number;
  /** After so many seconds without a heartbeat the host releases the lock; default: 30. */
  patienceSeconds?: number;
  /** Called when another operator has one, before it is waited for. */
  onBusy: (host: string, text: string) => void;
}

/** The directories of services on one host. */
interface LockTarget {
  connection: Connection;
  /** `<stackRoot>/<service>` of each. */
  directories: readonly string[];
}

/** Locks, until they are released, on one host or on several. */
export interface Locks {
  /** The preamble of each script that changes this service; undefined: it is not locked. */
  fence(host: string, directory: string): Preamble | undefined;
  /** The fence before; when it is not the one in the facts of a plan, another operator changed something in between. */
  fenceBefore(host: string, directory: string): number | undefined;
  /** Aborted with a StackError when a lock is lost. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** After so many seconds without a heartbeat the host releases the lock. */
const defaultPatience = 30;
const beatsPerPatience = 6;
const releaseMs = 5_000;
/** The longest timer that Node has; the heartbeat is what ends a lock. */
const longestMs = 2 ** 31 - 1;

/**
 * Acquires the locks of services on all hosts, or none. First on all hosts at once without waiting; where another
 * operator has one, host by host in the order of their names, so that two who want the same never wait for each other.
 * Throws a StackError with exit code 4 that names the owner.
 */
export async function acquireLocks(
  targets: readonly LockTarget[],
  options: LockOptions,
): Promise<Locks> {
  const wanted = targets
    .filter(({ directories }) => directories.length > 0)
    .sort((left, right) => (left.connection.host < right.connection.host ? -1 : 1));
  const atOnce = await Promise.allSettled(wanted.map((target) => lockHost(target, options, 0)));
  const acquired = atOnce.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  if (acquired.length === wanted.length) return join(acquired);
  await Promise.all(acquired.map((lock) => lock.release()));
  const errors = atOnce.flatMap((result) =>
    result.status === 'rejected' ? flattenErrors(result.reason) : [],
  );
  throwAll(errors.filter(({ exitCode }) => exitCode !== exitCodes.locked));
  return lockInTurn(wanted, options);
}

async function lockInTurn(targets: readonly LockTarget[], options: LockOptions): Promise<Locks> {
  const acquired: HostLock[] = [];
  try {
    for (const target of targets)
      acquired.push(await lockHost(target, options, options.waitSeconds));
  } catch (error) {
    await Promise.all(acquired.map((lock) => lock.release()));
    throw error;
  }
  return join(acquired);
}

interface HostLock {
  host: string;
  fences: Map<string, { before: number; now: number }>;
  /** The error with which it ended although it was not released; stays open otherwise. */
  lost: Promise<StackError>;
  release(): Promise<void>;
}

async function lockHost(
  { connection, directories }: LockTarget,
  options: LockOptions,
  waitSeconds: number,
): Promise<HostLock> {
  const { host } = connection;
  const patienceSeconds = options.patienceSeconds ?? defaultPatience;
  const stdin = new PassThrough();
  const reply = listen((owner) => {
    if (waitSeconds > 0) options.onBusy(host, `waiting for ${owner}`);
  });
  const states = [...directories].sort().map((directory) => `${directory}/.stack`);
  const args = [lockScript, `${waitSeconds}`, `${patienceSeconds}`, ...states, '--', ...states];
  stdin.write(`${JSON.stringify(options.owner)}\n`);
  const beat = setInterval(() => stdin.write('\n'), (patienceSeconds * 1000) / beatsPerPatience);
  const over = connection
    .script(lockScript, args, {
      stdin,
      onLine: reply.onLine,
      timeoutMs: longestMs,
      allowFailure: true,
      doing: 'keeping its lock',
    })
    .then(
      ({ exitCode, stderr }) => explainEnd(host, exitCode, stderr, reply.owner(), waitSeconds),
      (error: unknown) => (error instanceof StackError ? error : new StackError(String(error))),
    )
    .finally(() => clearInterval(beat));
  const early = await Promise.race([reply.ready, over]);
  if (early !== undefined) throw early;
  let isReleased = false;
  return {
    host,
    fences: reply.fences,
    lost: new Promise((resolve) => void over.then((error) => isReleased || resolve(error))),
    release: async () => {
      isReleased = true;
      stdin.end();
      // A host that is cut off releases it by itself.
      const enough = new AbortController();
      const waited = sleep(releaseMs, undefined, { signal: enough.signal }).catch(() => undefined);
      await Promise.race([over, waited]);
      enough.abort();
    },
  };
}

/** Reads what the script on the host says, line by line. */
function listen(onBusy: (owner: string) => void) {
  const fences: HostLock['fences'] = new Map();
  let busy: string | undefined;
  let resolveReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (resolveReady = resolve));
  const onLine = (line: string): void => {
    const [, before, now, state] = /^acquired (\d+) (\d+) (.*)$/.exec(line) ?? [];
    if (state !== undefined)
      fences.set(directoryOf(state), { before: Number(before), now: Number(now) });
    if (line.startsWith('busy ')) {
      busy = describeOwner(line.slice('busy '.length));
      onBusy(busy);
    }
    if (line === 'ready') resolveReady();
  };
  return { fences, ready, onLine, owner: () => busy };
}

function join(locks: readonly HostLock[]): Locks {
  const controller = new AbortController();
  for (const { lost } of locks) void lost.then((error) => controller.abort(error));
  const find = (host: string, directory: string) =>
    locks.find((lock) => lock.host === host)?.fences.get(directory);
  return {
    fence: (host, directory) => {
      const fence = find(host, directory);
      return fence && { text: fenceText, args: [`${directory}/.stack`, String(fence.now)] };
    },
    fenceBefore: (host, directory) => find(host, directory)?.before,
    signal: controller.signal,
    release: async () => {
      await Promise.all(locks.map((lock) => lock.release()));
    },
  };
}

const directoryOf = (state: string): string => state.slice(0, -'/.stack'.length);

function explainEnd(
  host: string,
  exitCode: number,
  stderr: string,
  busy: string | undefined,
  waitSeconds: number,
): StackError {
  const where = { host };
  if (exitCode === 75) {
    const waited = waitSeconds > 0 ? ` for more than ${waitSeconds} s` : '';
    return new StackError(`locked${waited}: ${busy ?? 'another operator works on it'}`, {
      where,
      fix: 'wait until it ends, or wait longer with --lock-timeout=<seconds>',
      exitCode: exitCodes.locked,
    });
  }
  if (exitCode === 76) {
    return new StackError('a docker compose that an earlier deploy started is still running', {
      where,
      fix: 'wait until it has ended (ps -ef | grep compose on the host shows it)',
      exitCode: exitCodes.locked,
    });
  }
  if (exitCode === 73) {
    return new StackError(`its lock cannot be written\n  | ${stderr.trim().split('\n').at(-1)}`, {
      where,
      fix: 'free disk space there (df -h and df -i show where), or mount the file system writable',
    });
  }
  const reply = stderr.trim().split('\n').slice(-3).join('\n  | ');
  return new StackError(`its lock was lost${reply === '' ? '' : `\n  | ${reply}`}`, {
    where,
    fix: 'deploy again: it continues where this one stopped',
  });
}
