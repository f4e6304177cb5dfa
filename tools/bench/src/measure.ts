import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One run of one command. */
export interface Measured {
  seconds: number;
  /** Of the command and all that it started here, user and system. */
  cpuSeconds: number;
  /** The most memory that the command itself held. */
  memoryMiB: number;
}

const pollMs = 20;

/** Runs a command to its end. Throws an Error with its last lines when it fails: a failure is not a measurement. */
export async function measure(
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const started = performance.now();
  // bash counts the time of everything that it waited for.
  const timed = ['-c', 'TIMEFORMAT="cpu %U %S"; time "$@"', 'bash', ...command];
  const child = spawn('bash', timed, {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let memoryMiB = 0;
  const timer = setInterval(() => {
    memoryMiB = Math.max(memoryMiB, peakOfChild(child.pid ?? 0));
  }, pollMs);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(timer);
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) {
    throw new Error(
      `${command.join(' ')} ended with ${code}\n${output.split('\n').slice(-12).join('\n')}`,
    );
  }
  const [, user = '0', system = '0'] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(output) ?? [];
  return { seconds, cpuSeconds: Number(user) + Number(system), memoryMiB };
}

/** VmHWM of bash's only child, in MiB; 0 when it has ended. */
function peakOfChild(pid: number): number {
  try {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
    const status = readFileSync(`/proc/${child}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}
