import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { askHost, onHost, secretValues, Workspace, type Ran } from './lab';

const directory = '/opt/stacks/ai/qdrant';
const options = 'apps/qdrant/environments/lab.yaml';

/** What happens in a deploy, in this order: a pattern of the line that reports it. */
export const phases = {
  journal: /preparing its directories/,
  upload: /uploading/,
  check: /checking with docker compose/,
  swap: /putting \d+ files? in place/,
  up: /starting:/,
  wait: /waiting:/,
  'read-back': /reading back/,
  record: /recording/,
} as const;
export type Phase = keyof typeof phases;

/**
 * One service with data and a secret on one host, that is changed and hurt meanwhile. Afterwards the old or the new
 * release has to run, the data has to be there, and the next deploy has to end it.
 */
export class Victim {
  readonly host = 'management';
  readonly service = 'qdrant';
  readonly workspace = new Workspace();
  /** All that our commands wrote. */
  written = '';
  #round = 0;
  #secrets: string[] = [];
  /** Programs that were seen with a secret among their arguments, while deploys ran. */
  readonly #talkative = new Set<string>();
  /** Our directories for files of the moment that others than these deploys have left or use. */
  readonly #directoriesBefore = new Set(directoriesInTmp());

  /** Keeps a file next to its data: it has to be there after every fault. */
  async prepare(): Promise<void> {
    this.#secrets = await secretValues();
    await onHost(this.host, 'sh', '-c', 'echo kept >/srv/docker/qdrant/storage/kept');
  }

  /** Another release than the one that runs: this much memory it may use. */
  change(): void {
    this.#round += 1;
    this.edit(options, /^(memory: .*\n)?(?=image)/m, `memory: ${512 + this.#round}m\n`);
  }

  /** For this test alone. */
  edit(file: string, from: string | RegExp, to: string): void {
    this.workspace.edit(file, from, to);
  }

  /** Undoes what `edit` did. */
  restore(): void {
    this.workspace.restore();
  }

  async deploy(...args: string[]): Promise<Ran> {
    return this.#note(await this.workspace.stack('deploy', this.service, ...args));
  }

  /** Deploys, and does something to it when `phase` begins, or after so many milliseconds. */
  async deployWith(
    at: Phase | number,
    fault: (running: ChildProcess) => unknown,
    args: string[] = [],
    variables: Record<string, string> = {},
  ): Promise<Ran & { seen: boolean; seconds: number }> {
    const begun = Date.now();
    const running = spawn(
      'node',
      ['tools/stack/stack.cjs', 'deploy', this.service, '--verbose', ...args],
      {
        cwd: this.workspace.root,
        env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', ...variables },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const ran = { code: -1, out: '', err: '', seen: false, seconds: 0 };
    const watch = setInterval(() => this.#watchProcesses(), 500);
    let done: unknown;
    const strike = (): void => {
      ran.seen = true;
      done = fault(running);
    };
    const timer = typeof at === 'number' ? setTimeout(strike, at) : undefined;
    running.stdout.on('data', (chunk: Buffer) => (ran.out += chunk.toString()));
    running.stderr.on('data', (chunk: Buffer) => {
      ran.err += chunk.toString();
      if (typeof at !== 'number' && !ran.seen && phases[at].test(ran.err)) strike();
    });
    await new Promise<void>((resolve) =>
      running.on('close', (code) => {
        ran.code = code ?? -1;
        resolve();
      }),
    );
    clearTimeout(timer);
    clearInterval(watch);
    await done;
    this.#note(ran);
    return { ...ran, seconds: (Date.now() - begun) / 1000 };
  }

  /** The next deploy ends what a fault left, and then nothing is to be done. */
  async converges(): Promise<void> {
    await this.survives();
    const next = await this.deploy('--lock-timeout=60');
    expect(`${next.code} ${next.err}${next.out}`).toMatch(/^0 /);
    const plan = this.#note(
      await this.workspace.stack('plan', this.service, '--expect-no-changes'),
    );
    expect(`${plan.code} ${plan.out}`).toMatch(/^0 /);
    expect(await this.#files()).toEqual([]);
    await this.survives();
  }

  /** Its data, its key, and no secret where none belongs. */
  async survives(): Promise<void> {
    expect(await onHost(this.host, 'cat', '/srv/docker/qdrant/storage/kept')).toBe('kept');
    expect(await secretValues()).toEqual(this.#secrets);
    expect(await this.#leaks()).toEqual([]);
  }

  /** What an interrupted deploy may leave, and the next one takes away. */
  async #files(): Promise<string[]> {
    const script = `cd ${directory}/.stack && ls -d pending.json staging releases/.new lock.json /srv/docker/qdrant/.staging 2>/dev/null || true`;
    const listed = await onHost(this.host, 'sh', '-c', script);
    return listed.split('\n').filter((line) => line !== '');
  }

  /**
   * Where a secret is that must not be there: in what we wrote, in what we keep here, in files that others may read
   * there, in a process list of then or now.
   */
  async #leaks(): Promise<string[]> {
    const hasSecret = (text: string): boolean =>
      this.#secrets.some((value) => text.includes(value));
    const leaks = [...this.#talkative];
    if (hasSecret(this.written)) leaks.push('what our commands wrote');
    const ours = directoriesInTmp().filter((path) => !this.#directoriesBefore.has(path));
    const kept = [join(this.workspace.root, 'dist'), ...ours];
    leaks.push(...kept.flatMap(filesIn).filter((file) => hasSecret(readOrNothing(file))));
    // Docker itself writes a health check's variables to a file of its own for a moment, for root alone: runc-process*.
    const script = [
      'cat >/run/patterns',
      'find /opt /srv /tmp /var/tmp /run /root -xdev -path /run/docker -prune -o -type f -perm /044 -size -4M ! -path /run/patterns -exec grep -lFf /run/patterns {} + 2>/dev/null',
      'find /opt/stacks/ai/*/.stack /tmp /var/tmp -type f ! -name .env ! -name "runc-process*" -exec grep -lFf /run/patterns {} + 2>/dev/null',
      'ps -eo args 2>/dev/null | grep -Ff /run/patterns | grep -v grep',
      'rm -f /run/patterns',
    ].join('; ');
    for (const host of ['trusted', 'management']) {
      const ran = await askHost(
        host,
        `${this.#secrets.join('\n')}\n`,
        ...['sh', '-c', `umask 077; ${script}`],
      );
      leaks.push(...ran.out.split('\n').filter((line) => line !== ''));
    }
    return leaks;
  }

  /** The arguments of every process of this machine, those of the lab's hosts among them. */
  #watchProcesses(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const words = readOrNothing(`/proc/${pid}/cmdline`);
      if (this.#secrets.some((value) => words.includes(value)))
        this.#talkative.add(`the arguments of ${words.split('\0')[0]}`);
    }
  }

  /** A file next to the workspace's inventory. */
  write(name: string, content: string): string {
    const path = join(this.workspace.root, name);
    writeFileSync(path, content);
    return path;
  }

  #note<Result extends Ran>(ran: Result): Result {
    this.written += ran.out + ran.err;
    return ran;
  }
}

function directoriesInTmp(): string[] {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith('ai-stack-'));
  return names.map((name) => join(tmpdir(), name));
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

/** A process or a file may be gone before it is read. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
