import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError, type Host } from '@ai-stack/core';
import { defaultConnectTimeoutSeconds, masterArguments, type OpenOptions } from './arguments';
import { explainFailure, isPassing } from './explain';
import { plainKeyName } from './host-key-name';
import { openKept, takeKept } from './kept-master';
import { socketParent } from './socket-parent';
import { spawnDaemon, type Daemon } from './spawn';

/** The OpenSSH client that holds one connection; others speak through its control socket. */
export interface Master {
  control: string;
  /** Whether it may be left to the next command. */
  isKept: boolean;
  /** Private to us; local ends of forwards live here too. */
  directory: string;
  isAlive(): Promise<boolean>;
  /** What OpenSSH wrote last to stderr. */
  lastLines: () => string[];
  /** Ends it, or leaves it to the next command where that is wanted and nothing is left in it. */
  close(isClean: boolean): Promise<void>;
}

/**
 * Runs "$@" until standard input ends, then ends it and removes directory $1. However we end, even by SIGKILL, the
 * kernel ends that input, so that neither connection nor socket outlives us. `read` is a builtin: no third program.
 */
const watchdog = `directory=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & master=$!
{ read -r line <&3; kill "$master"; } 2>/dev/null & watch=$!
wait "$master"; code=$?
kill "$watch" 2>/dev/null
rm -rf -- "$directory"
exit "$code"`;

const attempts = 3;

/** Opens the connection and waits until its control socket answers. Throws a StackError. */
export async function openMaster(host: Host, options: OpenOptions): Promise<Master> {
  const isKept = host.ssh.keepOpen !== undefined;
  const kept = isKept ? await takeKept(host, options) : undefined;
  if (kept !== undefined) return kept;
  let hostKeyAlias: string | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const asked = { ...options, hostKeyAlias };
    const result = await (isKept ? tryKept(host, asked) : tryMaster(host, asked));
    if (!('lines' in result)) return result;
    if (hostKeyAlias === undefined) {
      hostKeyAlias = await plainKeyName(host, options, result.lines);
      if (hostKeyAlias !== undefined) continue;
    }
    if (options.signal?.aborted === true) {
      throw new StackError('the SSH connection is not needed any more', {
        where: { host: host.name },
      });
    }
    refuseMissing(result.lines);
    if (attempt === attempts || !isPassing(result.lines)) {
      throw explainFailure(host, result.lines, 'the SSH connection');
    }
    await sleep(500 * attempt);
  }
}

/** OpenSSH throws away what a jump host says of a connection that is to be kept: asked again, it is heard. */
async function tryKept(host: Host, options: OpenOptions): Promise<Master | { lines: string[] }> {
  const result = await openKept(host, options);
  if (!('lines' in result) || !/UNKNOWN port/.test(result.lines.join())) return result;
  return tryMaster({ ...host, ssh: { ...host.ssh, keepOpen: undefined } }, options);
}

async function tryMaster(host: Host, options: OpenOptions): Promise<Master | { lines: string[] }> {
  if (options.signal?.aborted === true) return { lines: [] };
  const directory = makeDirectory();
  const control = join(directory, 's');
  const args = masterArguments(host, control, options);
  const daemon = spawnDaemon('sh', ['-c', watchdog, 'sh', directory, 'ssh', ...args]);
  const seconds = options.connectTimeoutSeconds ?? defaultConnectTimeoutSeconds;
  // ConnectTimeout counts per hop and not the login; the reserve is for these.
  const isOpen = await waitForSocket(
    control,
    daemon,
    Date.now() + seconds * 1000 + 15_000,
    options.signal,
  );
  if (isOpen) {
    const close = () => closeMaster(daemon, directory);
    const isAlive = async () => !daemon.hasEnded() && (await answers(control));
    return { control, directory, isKept: false, isAlive, lastLines: daemon.lastLines, close };
  }
  const hung = !daemon.hasEnded();
  await closeMaster(daemon, directory);
  const lines = daemon.lastLines();
  return { lines: hung ? [...lines, 'Connection timed out before the login was done'] : lines };
}

function refuseMissing(lines: readonly string[]): void {
  if (!lines.some((line) => /ssh: not found|ssh: command not found/.test(line))) return;
  throw new StackError('this machine has no OpenSSH client', {
    fix: 'install it (macOS has it; Debian and Ubuntu: openssh-client, Alpine: openssh-client-default, Fedora: openssh-clients)',
  });
}

/** Made without waiting, so that the login begins before the caller continues. mkdtemp gives it the mode 0700. */
function makeDirectory(): string {
  return mkdtempSync(join(socketParent(tmpdir()), 'ai-stack-ssh-'));
}

async function waitForSocket(
  control: string,
  daemon: Daemon,
  deadline: number,
  signal?: AbortSignal,
): Promise<boolean> {
  while (!daemon.hasEnded() && Date.now() < deadline && signal?.aborted !== true) {
    if (await answers(control)) return true;
    await Promise.race([sleep(5), daemon.ended]);
  }
  return false;
}

/** Whether a master greets on that socket: it sends MUX_MSG_HELLO first (OpenSSH's PROTOCOL.mux). */
export function answers(control: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(control);
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}

async function closeMaster(daemon: Daemon, directory: string): Promise<void> {
  daemon.release();
  daemon.end();
  await Promise.race([daemon.ended, sleep(3000, undefined, { ref: false })]);
  daemon.kill();
  await rm(directory, { recursive: true, force: true }).catch(() => undefined);
}
