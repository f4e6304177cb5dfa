import { execFileSync } from 'node:child_process';
import type { Contender, Task } from './contenders';
import type { Row } from './format-tables';
import type { Line } from './line';
import { measure, median, type Measured } from './measure';

export interface CaseOptions {
  rounds: number;
  /** What each finds in its turn; default: everything as it should be. */
  task?: (turn: number) => Task;
  /** Before each, and not measured. */
  before?: () => Promise<void> | void;
  /** The first round warms up: it compiles, and fills caches on both sides. Default: true. */
  warmUp?: boolean;
  report: (text: string) => void;
}

/** Each contender in turn, round after round, so that other load hits all of them. */
export async function runCase(
  contenders: readonly Contender[],
  line: Line,
  options: CaseOptions,
): Promise<Row[]> {
  for (const contender of contenders) run(contender.prepare?.(line));
  try {
    return await runRounds(contenders, line, options);
  } finally {
    for (const contender of contenders) run(contender.finish?.(line));
  }
}

async function runRounds(
  contenders: readonly Contender[],
  line: Line,
  { rounds, task = () => ({}), before, warmUp = true, report }: CaseOptions,
): Promise<Row[]> {
  const byContender = new Map<string, { runs: Measured[]; line: ReturnType<Line['take']> }>();
  let turn = 0;
  for (let round = warmUp ? 0 : 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      await before?.();
      turn += 1;
      const { command, variables } = contender.command(line, task(turn));
      line.take();
      const measured = await measure(command, variables);
      report(
        `${line.delayMs} ms, round ${round}, ${contender.name}: ${measured.seconds.toFixed(2)} s`,
      );
      const entry = byContender.get(contender.name) ?? { runs: [], line: line.take() };
      if (round > 0) entry.runs.push(measured);
      byContender.set(contender.name, entry);
    }
  }
  return [...byContender].map(([name, { runs, line: counted }]) => ({
    name,
    seconds: median(runs.map(({ seconds }) => seconds)),
    slowest: Math.max(...runs.map(({ seconds }) => seconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    memoryMiB: median(runs.map(({ memoryMiB }) => memoryMiB)),
    ...counted,
  }));
}

function run(argv: readonly string[] | undefined): void {
  if (argv?.[0] !== undefined) execFileSync(argv[0], argv.slice(1), { stdio: 'ignore' });
}
