import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError, type Host } from '@ai-stack/core';
import { muxArguments, type OpenOptions } from './arguments';
import type {
  Connection,
  Preamble,
  RunOptions,
  RunResult,
  ScriptOptions,
  UploadFile,
} from './connection';
import { explainFailure } from './explain';
import { openPatientGate } from './limit';
import { announced, serveCommand, type CommandServer } from './forward-command';
import { cancelForward, requestForward, type ForwardTarget } from './mux-forward';
import { openMaster, type Master } from './master';
import { quote, quoteForLogin } from './quote';
import { SessionQueue, sessionLimits } from './session-queue';
import { spawnProgram, type Spawned } from './spawn';
import { packFiles, unpackScript } from './upload';

const defaultTimeoutMs = 60_000;
/** sshd's MaxStartups begins to drop at 10, and hosts may share a jump host. */
const maxStartups = 8;
/** A login that takes longer waits for an answer: it costs nobody anything. */
const loginMs = 3_000;
/** What a client writes when the master, or the host's sshd, would not serve it. */
const muxFailure =
  /^(?:mux_client|muxclient|Control socket connect|Connection closed by UNKNOWN|kex_exchange)/m;

/** Opens one multiplexed connection to a host. Throws a StackError that says how to fix it. */
export async function openConnection(host: Host, options: OpenOptions): Promise<Connection> {
  return new SshConnection(host, await openMaster(host, options), options.log);
}

/**
 * Begins to open all of them; each is waited for by itself. Only so many log in at once, because hosts may share a jump
 * host; one that hangs leaves its place to the next before long.
 */
export function beginConnections(
  hosts: readonly Host[],
  options: OpenOptions,
): Map<string, Promise<Connection>> {
  const gate = openPatientGate(maxStartups, loginMs);
  return new Map(
    hosts.map((host) => {
      const opened = gate(() => openConnection(host, options));
      // Told where it is waited for.
      opened.catch(() => undefined);
      return [host.name, opened];
    }),
  );
}

class SshConnection implements Connection {
  readonly host: string;
  readonly usesSudo: boolean;
  readonly #host: Host;
  readonly #master: Master;
  readonly #log: ((line: string) => void) | undefined;
  readonly #sessions: SessionQueue;
  readonly #servers: CommandServer[] = [];
  readonly #forwards = new Map<string, Promise<string>>();
  readonly #targets: [local: string, target: ForwardTarget][] = [];
  #isClean = true;
  #closing: Promise<void> | undefined;

  constructor(host: Host, master: Master, log: OpenOptions['log']) {
    this.host = host.name;
    this.usesSudo = host.ssh.sudo === true;
    this.#sessions = new SessionQueue(host.name, sessionLimits(this.usesSudo));
    this.#host = host;
    this.#master = master;
    this.#log = log;
  }

  async run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const shown = quote(command);
    const args = ['--', this.#host.fqdn, quoteForLogin(this.#asRoot(command))];
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const run = (leftMs: number) => this.#runMux(args, shown, { ...options, timeoutMs: leftMs });
    return this.#sessions.run(options.doing ?? brief(shown), timeoutMs, run);
  }

  async script(text: string, args: readonly string[], options?: ScriptOptions): Promise<RunResult> {
    const before = options?.before;
    const whole = before === undefined ? text : `${before.text}\n${text}`;
    return this.run(['sh', '-c', whole, 'sh', ...(before?.args ?? []), ...args], options);
  }

  async upload(files: readonly UploadFile[], directory: string, before?: Preamble): Promise<void> {
    if (!directory.startsWith('/')) {
      throw new StackError(`cannot upload to ${directory}: not an absolute path`);
    }
    const { tar, args } = await packFiles(files);
    await this.script(unpackScript, [directory, ...args], {
      stdin: tar,
      timeoutMs: 120_000,
      doing: `uploading to ${directory}`,
      before,
    });
  }

  async forwardSocket(remotePath: string): Promise<string> {
    if (!/^\/[^:\\\s]*$/.test(remotePath)) {
      throw new StackError(`cannot forward the socket ${remotePath}: not a plain absolute path`);
    }
    return this.#forward(remotePath, { path: remotePath });
  }

  async forwardTcp(name: string, port: number): Promise<string> {
    if (!/^[A-Za-z0-9:._-]+$/.test(name)) {
      throw new StackError(`cannot forward to ${name}: not a name or address`);
    }
    return this.#forward(`${name} port ${port}`, { name, port });
  }

  forwardCommand(command: readonly string[]): Promise<string> {
    const key = `command ${quote(command)}`;
    const forward = this.#forwards.get(key);
    if (forward !== undefined) return forward;
    const local = join(this.#master.directory, `f${this.#forwards.size}`);
    const words = [...announced, ...this.#asRoot(command)];
    const args = muxArguments(this.#master.control, ['--', this.#host.fqdn, quoteForLogin(words)]);
    const made = serveCommand(local, args).then((server) => {
      this.#servers.push(server);
      return local;
    });
    this.#forwards.set(key, made);
    made.catch(() => this.#forwards.delete(key));
    return made;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** A connection that something went wrong on, or on which something still runs, is not left to anybody. */
  async #end(): Promise<void> {
    for (const server of this.#servers) server.close();
    const isKept = this.#isClean && this.#sessions.isIdle() && this.#master.isKept;
    const cancelled = isKept
      ? this.#targets.map(([local, target]) => this.#cancel(local, target))
      : [];
    const isClean = (await Promise.all(cancelled)).every((failure) => failure === undefined);
    await this.#master.close(isKept && isClean);
  }

  async #cancel(local: string, target: ForwardTarget): Promise<string | undefined> {
    const failure = await cancelForward(this.#master.control, local, target);
    await rm(local, { force: true }).catch(() => undefined);
    return failure;
  }

  #asRoot(command: readonly string[]): readonly string[] {
    return this.usesSudo ? ['sudo', '-n', '--', ...command] : command;
  }

  /** Makes the forward once per target; a failed one is forgotten. */
  #forward(shown: string, target: ForwardTarget): Promise<string> {
    const forward = this.#forwards.get(shown);
    if (forward !== undefined) return forward;
    const local = join(this.#master.directory, `f${this.#forwards.size}`);
    const made = this.#makeForward(shown, local, target);
    this.#forwards.set(shown, made);
    made.catch(() => this.#forwards.delete(shown));
    return made;
  }

  async #makeForward(shown: string, local: string, target: ForwardTarget): Promise<string> {
    const doing = `forward ${shown}`;
    if (this.#closing !== undefined) throw this.#fail(`the connection is closed: ${doing}`);
    const failure = await requestForward(this.#master.control, local, target);
    this.#log?.(`${this.host}: ${doing}`);
    if (failure === undefined) {
      this.#targets.push([local, target]);
      return local;
    }
    this.#isClean = false;
    throw explainFailure(this.#host, [...this.#master.lastLines(), failure], doing);
  }

  async #runMux(args: readonly string[], shown: string, options: RunOptions): Promise<RunResult> {
    if (this.#closing !== undefined) throw this.#fail(`the connection is closed: ${brief(shown)}`);
    const started = performance.now();
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const spawned = await spawnProgram('ssh', muxArguments(this.#master.control, args), {
      stdin: options.stdin,
      onLine: options.onLine,
      timeoutMs,
    });
    const ms = Math.round(performance.now() - started);
    this.#log?.(`${this.host}: ${brief(shown)} (exit ${spawned.exitCode ?? 'none'}, ${ms} ms)`);
    const doing = options.doing ?? brief(shown);
    if (spawned.timedOut) {
      this.#isClean = false;
      throw this.#fail(
        `${doing} did not end within ${Math.round(timeoutMs / 100) / 10} s; it may still run there`,
        `look on the host whether it still runs, then try again${lastLines(spawned)}`,
      );
    }
    if (await this.#isBroken(spawned)) {
      this.#isClean = false;
      const lines = [...this.#master.lastLines(), ...linesOf(spawned.stderr)];
      throw explainFailure(this.#host, lines, doing);
    }
    return this.#evaluate(spawned, doing, options);
  }

  /** Whether SSH failed and not the command, which may itself end with 255. */
  async #isBroken(spawned: Spawned): Promise<boolean> {
    if (spawned.exitCode !== undefined && spawned.exitCode !== 255) return false;
    return muxFailure.test(spawned.stderr) || !(await this.#master.isAlive());
  }

  #evaluate(spawned: Spawned, doing: string, options: RunOptions): RunResult {
    const exitCode = spawned.exitCode ?? 255;
    if (exitCode !== 0 && options.allowFailure !== true) {
      const what = `${doing} ended with exit code ${exitCode}${lastLines(spawned)}`;
      throw this.#fail(what, fixOf(exitCode, spawned.stderr));
    }
    return { stdout: spawned.stdout, stderr: spawned.stderr, exitCode };
  }

  #fail(what: string, fix?: string): StackError {
    return new StackError(what, { where: { host: this.host }, fix });
  }
}

function fixOf(exitCode: number, stderr: string): string | undefined {
  if (/No space left on device|Disk quota exceeded/.test(stderr)) {
    return 'free disk space on the host (df -h shows where), then try again';
  }
  if (/Read-only file system/.test(stderr)) return 'mount that file system writable on the host';
  if (/^sudo: /m.test(stderr)) {
    return 'let ssh.user run commands through sudo without a password (NOPASSWD: ALL in its sudoers), or leave ssh.sudo out';
  }
  if (/Permission denied/.test(stderr)) {
    return "log in as a user who may do this (ssh.user in the host's file), or set ssh.sudo there";
  }
  if (exitCode === 127) return 'install the missing program on the host';
  return undefined;
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function lastLines(spawned: Spawned): string {
  const lines = linesOf(spawned.stderr.trim() === '' ? spawned.stdout : spawned.stderr).slice(-8);
  return lines.map((line) => `\n  | ${line}`).join('');
}

/** A command as one readable line of at most 160 characters. */
function brief(command: string): string {
  const line = command.replaceAll(/\s+/g, ' ');
  return line.length <= 160 ? line : `${line.slice(0, 157)}...`;
}
