import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError, type Host } from '@ai-stack/core';
import { defaultConnectTimeoutSeconds, masterArguments, type OpenOptions } from './arguments';
import { explainFailure, isPassing } from './explain';
import { spawnDaemon, type Daemon } from './spawn';

/** The OpenSSH client that holds one connection; others speak through its control socket. */
export interface Master {
  control: string;
  /** Private to us; local ends of forwards live here too. */
  directory: string;
  isAlive(): Promise<boolean>;
  /** What OpenSSH wrote last to stderr. */
  lastLines: () => string[];
  close(): Promise<void>;
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
  for (let attempt = 1; ; attempt += 1) {
    const result = await tryMaster(host, options);
    if (!('lines' in result)) return result;
    if (attempt === attempts || !isPassing(result.lines)) {
      throw explainFailure(host, result.lines, 'the SSH connection');
    }
    await sleep(500 * attempt);
  }
}

async function tryMaster(host: Host, options: OpenOptions): Promise<Master | { lines: string[] }> {
  const directory = await makeDirectory();
  const control = join(directory, 's');
  const args = masterArguments(host, control, options);
  const daemon = spawnDaemon('sh', ['-c', watchdog, 'sh', directory, 'ssh', ...args]);
  const seconds = options.connectTimeoutSeconds ?? defaultConnectTimeoutSeconds;
  // ConnectTimeout counts per hop and not the login; the reserve is for these.
  const isOpen = await waitForSocket(control, daemon, Date.now() + seconds * 1000 + 15_000);
  if (isOpen) {
    const close = () => closeMaster(daemon, directory);
    const isAlive = async () => !daemon.hasEnded() && (await answers(control));
    return { control, directory, isAlive, lastLines: daemon.lastLines, close };
  }
  const hung = !daemon.hasEnded();
  await closeMaster(daemon, directory);
  const lines = daemon.lastLines();
  if (lines.some((line) => /ssh: not found|ssh: command not found/.test(line))) {
    throw new StackError('this machine has no OpenSSH client', {
      fix: 'install it (macOS has it; Debian and Ubuntu: openssh-client, Alpine: openssh-client-default, Fedora: openssh-clients)',
    });
  }
  return { lines: hung ? [...lines, 'Connection timed out before the login was done'] : lines };
}

/**
 * Where the directory of a control socket goes: the temporary directory, unless the path would be too long for a Unix
 * socket. macOS takes 104 bytes with the final NUL (Linux 108); its own $TMPDIR has 48 of them, our directory 20 and
 * the socket 2, and OpenSSH binds under a name that is 17 longer. A `%` would be expanded by OpenSSH.
 */
export function socketParent(temporary: string): string {
  const fits = Buffer.byteLength(temporary) <= 60 && !temporary.includes('%');
  return fits ? temporary : '/tmp';
}

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(socketParent(tmpdir()), 'ai-stack-ssh-'));
  await chmod(directory, 0o700);
  return directory;
}

async function waitForSocket(control: string, daemon: Daemon, deadline: number): Promise<boolean> {
  while (!daemon.hasEnded() && Date.now() < deadline) {
    if (await answers(control)) return true;
    await Promise.race([sleep(10), daemon.ended]);
  }
  return false;
}

/** Whether a master greets on that socket: it sends MUX_MSG_HELLO first (OpenSSH's PROTOCOL.mux). */
function answers(control: string): Promise<boolean> {
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
  await Promise.race([daemon.ended, sleep(3000, undefined, { ref: false })]);
  daemon.kill();
  await rm(directory, { recursive: true, force: true }).catch(() => undefined);
}
