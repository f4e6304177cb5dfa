import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '@ai-stack/core';
import {
  defaultConnectTimeoutSeconds,
  masterArguments,
  muxArguments,
  type OpenOptions,
} from './arguments';
import { answers, type Master } from './master';
import { keptDirectory, keptName } from './kept-directory';
import { spawnProgram } from './spawn';

/** How long a kept connection may take to show that its host still answers. */
const probeMs = 3_000;
const endMs = 3_000;

let count = 0;

/** A directory of our own next to the kept ones; the process that renamed it has the connection for itself. */
function ownPlace(parent: string, name: string): string {
  count += 1;
  return join(parent, `${name}.${process.pid}-${count}`);
}

/**
 * Takes the connection that an earlier command left, and hands it over when its host still answers; undefined otherwise.
 * Taking is one rename, so that no two commands share a connection and its ten sessions.
 */
export async function takeKept(host: Host, options: OpenOptions): Promise<Master | undefined> {
  const parent = keptDirectory();
  const name = keptName(host, options);
  const directory = ownPlace(parent, name);
  // Both begin before the caller continues.
  const isTaken = tryRename(join(parent, name), directory);
  void removeLeft(parent);
  if (!isTaken) return undefined;
  const master = keptMaster(directory, join(parent, name));
  if (await hostAnswers(master.control, host)) return master;
  await endMaster(directory);
  return undefined;
}

/** Logs in and leaves the master in the background, where it ends by itself when nobody has used it for so long. */
export async function openKept(
  host: Host,
  options: OpenOptions,
): Promise<Master | { lines: string[] }> {
  const parent = keptDirectory();
  const name = keptName(host, options);
  const directory = ownPlace(parent, name);
  mkdirSync(directory, { mode: 0o700 });
  const master = keptMaster(directory, join(parent, name));
  const seconds = options.connectTimeoutSeconds ?? defaultConnectTimeoutSeconds;
  const args = [
    '-f',
    '-E',
    join(directory, 'log'),
    ...masterArguments(host, master.control, options),
  ];
  const login = await spawnProgram('ssh', args, {
    timeoutMs: seconds * 1000 + 15_000,
    signal: options.signal,
  });
  if (login.exitCode === 0 && (await answers(master.control))) return master;
  const lines = [...master.lastLines(), ...login.stderr.split('\n').filter((line) => line !== '')];
  await endMaster(directory);
  const isMissing = login.errorCode === 'ENOENT' ? ['ssh: not found'] : [];
  const isLate = login.timedOut ? ['Connection timed out before the login was done'] : [];
  return { lines: [...lines, ...isMissing, ...isLate] };
}

function keptMaster(directory: string, place: string): Master {
  const control = join(directory, 's');
  const log = join(directory, 'log');
  return {
    control,
    directory,
    isKept: true,
    isAlive: () => answers(control),
    lastLines: () => readLines(log),
    close: async (isClean) => {
      // Another command may have left one there meanwhile: one is enough.
      const isKept =
        isClean &&
        (await rename(directory, place).then(
          () => true,
          () => false,
        ));
      if (!isKept) await endMaster(directory);
    },
  };
}

/**
 * Asks with a command as short as there is, which only the host itself can answer. Begun before the caller continues.
 */
async function hostAnswers(control: string, host: Host): Promise<boolean> {
  const args = muxArguments(control, ['--', host.fqdn, 'true']);
  return (await spawnProgram('ssh', args, { timeoutMs: probeMs })).exitCode === 0;
}

async function endMaster(directory: string): Promise<void> {
  const args = ['-F', 'none', '-S', join(directory, 's'), '-O', 'exit', '--', 'any'];
  await spawnProgram('ssh', args, { timeoutMs: endMs });
  await rm(directory, { recursive: true, force: true }).catch(() => undefined);
}

/** What commands held that were killed, and what ended by itself. */
async function removeLeft(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const pid = Number(/\.(\d+)-\d+$/.exec(name)?.[1] ?? process.pid);
    const isLeft = name.includes('.')
      ? pid !== process.pid && !isRunning(pid)
      : !(await answers(join(parent, name, 's')));
    // Moved first, so that nobody takes it meanwhile.
    const own = ownPlace(parent, name.split('.')[0] ?? name);
    if (isLeft && tryRename(join(parent, name), own)) await endMaster(own);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '')
      .slice(-60);
  } catch {
    return [];
  }
}
