import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** One thing that a run does: a command with a name. */
export interface Step {
  name: string;
  command: readonly string[];
  /** Where it runs; without it, here. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Line by line as it comes, with the name in front: for steps of minutes. Otherwise in one block at the end. */
  isLive?: boolean;
}

/** How a step ended; times in seconds, the processor's with that of all programs that it waited for. */
export interface Ended {
  name: string;
  code: number;
  seconds: number;
  cpuSeconds: number;
}

export interface StepPlace {
  /** A directory for files of this run. */
  results: string;
  write: (text: string) => void;
}

/** The processes of all running steps, each the leader of a group of its own. */
const running = new Set<ChildProcess>();

// The shell's `time` is the one that counts what grandchildren used; its line goes to a file, all else to the step's output.
const timing = 'file=$0; TIMEFORMAT="%R %U %S"; { time "$@" 2>&3; } 3>&2 2>"$file"';

/** Runs one step to its end. Says its name when it starts and when it ends; throws nothing. */
export async function runStep(step: Step, { results, write }: StepPlace): Promise<Ended> {
  const times = join(results, `${step.name}.times`);
  write(`[test] ${step.name}\n`);
  const started = performance.now();
  const child = spawn('bash', ['-c', timing, times, ...step.command], {
    cwd: step.cwd,
    env: { ...process.env, ...step.env },
    // A group of its own: a signal at the terminal reaches this program alone, which ends the steps in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = gather(step, write);
  child.stdout.on('data', (data: Buffer) => output.add(data));
  child.stderr.on('data', (data: Buffer) => output.add(data));
  const code = await new Promise<number>((resolve) => {
    // `exit`, not `close`: what a lab leaves running holds the output open.
    child.on('exit', (exit) => resolve(exit ?? 1));
    child.on('error', () => resolve(127));
  });
  running.delete(child);
  // What was written just before the end is still on its way.
  await sleep(50);
  const seconds = (performance.now() - started) / 1000;
  const ended = code === 0 ? 'passed' : `FAILED (exit code ${code})`;
  output.end(`[test] ${step.name}: ${ended} after ${seconds.toFixed(1)} s\n`);
  return { name: step.name, code, seconds, cpuSeconds: cpuSecondsOf(times) };
}

/**
 * Ends the programs of all running steps: first asks them, then, after the given time, makes them end. What a step's
 * own program has left in its group is ended too.
 */
export async function endSteps(graceSeconds: number): Promise<void> {
  const children = [...running];
  const all = Promise.all(
    children.map((child) => new Promise((resolve) => child.once('exit', resolve))),
  );
  const signal = (name: NodeJS.Signals) => children.forEach((child) => signalGroup(child, name));
  signal('SIGTERM');
  const deadline = performance.now() + graceSeconds * 1000;
  while (children.some((child) => signalGroup(child, 0)) && performance.now() < deadline)
    await sleep(50);
  signal('SIGKILL');
  if (children.length > 0) await all;
}

/** Says whether anything was left to get the signal; 0 only asks. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal);
  } catch {
    // All of it has ended by itself.
    return false;
  }
}

interface Output {
  add: (data: Buffer) => void;
  end: (line: string) => void;
}

/** Collects what a step says: whole lines with its name in front, or one block at the end. */
function gather({ name, isLive = false }: Step, write: (text: string) => void): Output {
  let text = '';
  const add = (data: Buffer) => {
    text += data.toString();
    if (!isLive) return;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) write(`${name} | ${line}\n`);
  };
  const end = (line: string) => {
    const rest = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    if (isLive) return write((rest === '' ? '' : `${name} | ${rest}`) + line);
    write(rest === '' ? line : `[test] what ${name} said:\n${rest}${line}`);
  };
  return { add, end };
}

function cpuSecondsOf(file: string): number {
  try {
    const last = readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
    const [, user, system] = last.split(' ');
    return Number(user) + Number(system);
  } catch {
    return 0;
  }
}
