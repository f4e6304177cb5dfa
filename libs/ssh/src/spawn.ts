import type { Readable } from 'node:stream';
import { execa } from 'execa';

/** What a program on this machine did. `exitCode` is undefined when it did not start or a signal ended it. */
export interface Spawned {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  /** Such as ENOENT, when it could not be started. */
  errorCode: string | undefined;
}

interface SpawnOptions {
  stdin?: string | Buffer | Readable;
  timeoutMs: number;
  /** Ends it early. */
  signal?: AbortSignal;
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A password prompt in a window would hang a deploy. */
const env = { SSH_ASKPASS_REQUIRE: 'never' };

/** Runs a program with a deadline; never throws. It has its own process group: a Ctrl-C is for us to act upon. */
export async function spawnProgram(
  file: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Spawned> {
  const { onLine } = options;
  const child = execa(file, args, {
    ...(options.stdin === undefined ? { stdin: 'ignore' } : { input: options.stdin }),
    ...(onLine && { stdout: linesTo('stdout', onLine), stderr: linesTo('stderr', onLine) }),
    env,
    forceKillAfterDelay: 2000,
    stripFinalNewline: false,
    detached: true,
    cleanup: false,
    reject: false,
  });
  let timedOut = false;
  const endEarly = (): void => void child.kill();
  options.signal?.addEventListener('abort', endEarly);
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill();
    // The master holds the other ends until the remote command ends: nobody waits for that.
    child.stdout.destroy();
    child.stderr.destroy();
  }, options.timeoutMs);
  const result = await child;
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', endEarly);
  // A program that did not start has none, whatever the types say.
  const written: { stdout: string | undefined; stderr: string | undefined } = result;
  return {
    exitCode: result.exitCode,
    stdout: written.stdout ?? '',
    stderr: written.stderr ?? '',
    timedOut,
    errorCode: result.code,
  };
}

/** A transform that shows every line and passes it on. */
function linesTo(
  stream: 'stdout' | 'stderr',
  onLine: (line: string, stream: 'stdout' | 'stderr') => void,
) {
  return function* (line: unknown): Generator {
    onLine(String(line), stream);
    yield line;
  };
}

/** A program that runs until its standard input ends. */
export interface Daemon {
  /** Resolves when it has ended; never rejects. */
  ended: Promise<{ errorCode: string | undefined }>;
  hasEnded(): boolean;
  /** The last lines that it wrote to stderr. */
  lastLines: () => string[];
  /** Ends its standard input. */
  release(): void;
  /** Asks its whole process group to end. */
  end(): void;
  /** Kills it. */
  kill(): void;
}

const keptLines = 60;

/** Starts a program in a process group of its own. Our end, however it comes, ends its standard input. */
export function spawnDaemon(file: string, args: readonly string[]): Daemon {
  const child = execa(file, args, {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'pipe',
    env,
    buffer: false,
    detached: true,
    cleanup: false,
    reject: false,
  });
  let text = '';
  let over = false;
  child.stderr.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).split('\n').slice(-keptLines).join('\n');
  });
  const ended = child.then((result) => {
    over = true;
    return { errorCode: result.code };
  });
  child.stdin.on('error', () => undefined);
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => {
    if (over || child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // It ended in between.
    }
  };
  return {
    ended,
    hasEnded: () => over,
    lastLines: () => text.split(/\r?\n/).filter((line) => line !== ''),
    release: () => child.stdin.end(),
    end: () => signal('SIGTERM'),
    kill: () => signal('SIGKILL'),
  };
}
