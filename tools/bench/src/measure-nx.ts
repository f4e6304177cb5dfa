import type { Contender } from './contenders';
import type { Row } from './format-tables';
import type { Line } from './line';
import { runCase, type CaseOptions } from './run-case';

/** What Nx takes for a task that does nothing, in the same workspace. */
const floor = 'nx run bench:floor (nothing)';
const command = 'stack deploy (the command)';
const alone = 'stack deploy litellm (the command)';

/** The targets of Nx with nothing to do, next to the commands that they run and to a task that does nothing. */
export function measureNx(line: Line, options: CaseOptions): Promise<Row[]> {
  return runCase(contenders(), line, options);
}

function contenders(): Contender[] {
  const contender = (name: string, ...program: string[]): Contender => ({
    name,
    command: (line) => ({
      command: program,
      variables: { STACK_SSH_CONFIG: line.configFile, NO_COLOR: '1' },
    }),
  });
  const nx = (...args: string[]) => ['node_modules/.bin/nx', ...args];
  const stack = (...args: string[]) => ['node', 'tools/stack/stack.cjs', ...args];
  return [
    contender('node -e 0', 'node', '-e', '0'),
    contender(floor, ...nx('run', 'bench:floor')),
    contender(command, ...stack('deploy')),
    contender('nx run stack:deploy', ...nx('run', 'stack:deploy')),
    contender(alone, ...stack('deploy', 'litellm')),
    contender('nx run litellm:deploy', ...nx('run', 'litellm:deploy')),
    // From a commit to itself, so that it does not matter what is being edited.
    contender(
      'nx affected -t deploy, none affected',
      ...nx('affected', '-t', 'deploy', '--base=HEAD', '--head=HEAD'),
    ),
  ];
}

/** The command that each row runs; the time of a row without one is all Nx's. */
const commandOf: Record<string, string> = {
  'nx run stack:deploy': command,
  'nx run litellm:deploy': alone,
};

/** A table of how much of the time is Nx's, and how often the floor goes into it. Pure. */
export function formatNx(rows: readonly Row[]): string {
  const secondsOf = (name: string) => rows.find((row) => row.name === name)?.seconds ?? NaN;
  const lines = rows.map(({ name, seconds, slowest, cpuSeconds }) => {
    const isNx = name.startsWith('nx ');
    const over = seconds - (commandOf[name] === undefined ? 0 : secondsOf(commandOf[name]));
    const cells = [
      seconds.toFixed(2),
      slowest.toFixed(2),
      cpuSeconds.toFixed(2),
      isNx ? (over * 1000).toFixed(0) : '',
      isNx ? (over / secondsOf(floor)).toFixed(2) : '',
    ];
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  const head = '|  | median s | slowest s | CPU s | of Nx ms | times the floor |';
  return [
    '### Through Nx, nothing to do',
    '',
    head,
    '| --- | --: | --: | --: | --: | --: |',
    ...lines,
  ].join('\n');
}
