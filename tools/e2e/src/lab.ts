import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '@ai-stack/core';
import { execa } from 'execa';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Whether this is a long run, which tries all that a short one tries a sample of. */
export const isLong = process.env['LONG'] !== undefined;

const limit = { reject: false, timeout: 600_000 } as const;

/** Runs the command line of a workspace, as its Nx targets do. */
export async function stack(root: string, ...args: string[]): Promise<Ran> {
  return program(root, 'node', ['tools/stack/stack.cjs', ...args]);
}

/** Runs Nx in a workspace. */
export async function nx(root: string, ...args: string[]): Promise<Ran> {
  return program(root, 'node_modules/.bin/nx', args);
}

/** Runs a Node program of a workspace, such as the compiler. */
export async function node(root: string, ...args: string[]): Promise<Ran> {
  return program(root, 'node', args);
}

/** Runs a command on the console of a lab host: without SSH and without our code. */
export async function onHost(host: string, ...command: string[]): Promise<string> {
  const ran = await program(process.cwd(), 'tools/lab/hosts.sh', ['exec', host, ...command]);
  if (ran.code !== 0)
    throw new Error(`${host}: ${command.join(' ')} ended with ${ran.code}\n${ran.err}`);
  return ran.out;
}

/** The same with a text on its standard input; says how it ended instead of throwing. */
export async function askHost(host: string, input: string, ...command: string[]): Promise<Ran> {
  return program(process.cwd(), 'tools/lab/hosts.sh', ['exec', host, ...command], input);
}

export async function lab(...args: string[]): Promise<Ran> {
  return labOf(process.cwd(), ...args);
}

/** The same with the host files of another workspace that shares this lab. */
export async function labOf(root: string, ...args: string[]): Promise<Ran> {
  return program(root, 'tools/lab/hosts.sh', args);
}

async function program(cwd: string, file: string, args: string[], input = ''): Promise<Ran> {
  const env = { NO_COLOR: '1', FORCE_COLOR: '0', NODE_OPTIONS: '' };
  const ran = await execa(file, args, { ...limit, cwd, env, input });
  return { code: ran.exitCode ?? -1, out: ran.stdout, err: ran.stderr };
}

/** Ids of the running containers of our projects, by `<project>/<service>`, on both hosts. */
export async function containers(): Promise<Record<string, string>> {
  const format =
    '{{.Label "com.docker.compose.project"}}/{{.Label "com.docker.compose.service"}} {{.ID}}';
  const lists = await Promise.all(
    ['trusted', 'management'].map((host) =>
      onHost(host, 'docker', 'ps', '--no-trunc', '--format', format),
    ),
  );
  const lines = lists.flatMap((list) => list.split('\n')).filter((line) => line.startsWith('ai-'));
  return Object.fromEntries(lines.sort().map((line) => line.split(' ') as [string, string]));
}

/** The id of a service's only container: its name counts on with each update that starts the new one first. */
export async function containerOf(host: string, service: string): Promise<string> {
  const filter = ['--filter', `label=com.docker.compose.project=ai-${service}`];
  const listed = await onHost(host, 'docker', 'ps', '-aq', '--no-trunc', ...filter);
  const [id = '', ...others] = listed.trim().split('\n');
  if (id === '' || others.length > 0)
    throw new Error(`${service} has ${listed.trim() || 'no container'}`);
  return id;
}

/** The names whose container differs between two calls of `containers`. */
export function changed(before: Record<string, string>, after: Record<string, string>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}

/** The values of every `.env` of the stack, read on the hosts' consoles: what must be found nowhere else. */
export async function secretValues(): Promise<string[]> {
  const script = 'cat /opt/stacks/ai/*/.env 2>/dev/null || true';
  const texts = await Promise.all(
    ['trusted', 'management'].map((host) => onHost(host, 'sh', '-c', script)),
  );
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes('='))
    .map((line) => line.slice(line.indexOf('=') + 1).replace(/^'|'$/g, ''))
    .filter((value) => value.length >= 16);
}

/** A second workspace next to this one, on the same lab, whose inventory a test may edit. */
export class Workspace {
  readonly root = mkdtempSync(join(process.cwd(), '.nx', 'e2e-'));
  /** What the edited files held before; undefined: there was no such file. */
  readonly #originals = new Map<string, string | undefined>();

  constructor() {
    const source = process.cwd();
    const linked = ['node_modules', '.lab', '.env.local'];
    const copied = [
      'apps',
      'libs',
      'tools',
      // What is compiled already.
      'dist/stack',
      '.env',
      '.github',
      '.swcrc',
      'jest.config.mjs',
      'nx.json',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.base.json',
    ];
    for (const name of copied.filter((entry) => existsSync(join(source, entry))))
      cpSync(join(source, name), join(this.root, name), { recursive: true });
    for (const name of linked) symlinkSync(join(source, name), join(this.root, name));
  }

  get isEdited(): boolean {
    return this.#originals.size > 0;
  }

  /** Replaces text in a file. Throws when the text is missing, so that a test cannot pass by editing nothing. */
  edit(file: string, from: string | RegExp, to: string): void {
    const before = readFileSync(join(this.root, file), 'utf8');
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${file} has no ${String(from)}`);
    this.write(file, after);
  }

  write(file: string, content: string): void {
    const path = join(this.root, file);
    if (!this.#originals.has(path))
      this.#originals.set(path, existsSync(path) ? readFileSync(path, 'utf8') : undefined);
    writeFileSync(path, content);
  }

  /** Undoes every `edit` and `write`. */
  restore(): void {
    for (const [path, content] of this.#originals)
      if (content === undefined) rmSync(path, { force: true });
      else writeFileSync(path, content);
    this.#originals.clear();
  }

  stack(...args: string[]): Promise<Ran> {
    return stack(this.root, ...args);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Collects every command line of this machine, the lab's hosts included, until it is stopped. */
export function watchCommandLines(): { stop: () => string } {
  const lines = new Set<string>();
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        lines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // The process ended between the listing and the reading.
      }
    }
  };
  const timer = setInterval(look, 150);
  return {
    stop: () => {
      clearInterval(timer);
      return [...lines].join('\n');
    },
  };
}

/** Asks for the plans of a workspace. Throws an Error when the command fails. */
export async function plansOf(
  workspace: { stack: Workspace['stack'] },
  ...args: string[]
): Promise<Plan[]> {
  const ran = await workspace.stack('plan', '--json', ...args);
  if (ran.code !== 0) throw new Error(`plan ended with ${ran.code}\n${ran.out}${ran.err}`);
  return JSON.parse(ran.out) as Plan[];
}

/** The actions of all plans that would change something, as `service: verb kind`. */
export function pendingActions(plans: readonly Plan[]): string[] {
  return plans.flatMap((plan) =>
    plan.actions
      .filter((action) => action.verb !== 'keep')
      .map((action) => `${plan.service}: ${action.verb} ${action.kind}`),
  );
}
