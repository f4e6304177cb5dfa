import { flattenErrors, StackErrors } from '@ai-stack/core';
import type { Outcome } from '@ai-stack/deploy';
import { formatErrors, formatOutcomes, formatProbes } from '@ai-stack/report';
import { readLocalEnv } from '@ai-stack/inventory';
import type { Call } from './call';
import { deploy } from './commands/deploy';
import { renderServices } from './commands/render';
import { reportsOf } from '@ai-stack/verify';
import { verifyServices } from './commands/verify';
import { list, parseLevels } from './program';
import { openTerminal } from './terminal';
import type { Verb } from './verb';

/** What Nx hands to one task: the options of the target, and the flags of the command line. */
export interface ServiceOptions {
  verb: Verb;
  environment: string;
  'dry-run'?: boolean;
  dryRun?: boolean;
  allow?: string;
  'lock-timeout'?: number;
  lockTimeout?: number;
  hosts?: string;
  json?: boolean;
  level?: string;
  timeout?: number;
}

export interface ServiceTask {
  id: string;
  service: string;
  options: ServiceOptions;
}

/** How one task ended, as Nx wants to hear it. Times in milliseconds since 1970. */
export interface TaskEnd {
  task: string;
  result: {
    success: boolean;
    terminalOutput: string;
    status?: 'success' | 'failure' | 'skipped';
    startTime: number;
    endTime: number;
  };
}

/** The project that stands for all services at once. */
const whole = 'stack';

const order: readonly Verb[] = ['render', 'deploy', 'verify'];

/** Runs all tasks, one verb after the other, and says of each how it ended. Verify follows only a deploy that worked. */
export async function* runTasks(
  tasks: readonly ServiceTask[],
  root: string,
): AsyncGenerator<TaskEnd> {
  const failed = new Set<string>();
  for (const verb of order) {
    const mine = tasks.filter(({ options }) => options.verb === verb);
    const ready = mine.filter(({ service }) => !failed.has(service));
    for (const task of mine.filter((one) => !ready.includes(one)))
      yield end(task, Date.now(), 'skipped', '');
    if (ready.length === 0) continue;
    for (const [at, ended] of (await runVerb(verb, ready, root)).entries()) {
      if (!ended.result.success) failed.add(ready[at]?.service ?? '');
      yield ended;
    }
  }
}

async function runVerb(
  verb: Verb,
  tasks: readonly ServiceTask[],
  root: string,
): Promise<TaskEnd[]> {
  const started = Date.now();
  const call = makeCall(tasks, root);
  try {
    if (verb === 'render') return await renderTasks(call, tasks, started);
    return verb === 'deploy'
      ? await deployTasks(call, tasks, started)
      : await verifyTasks(call, tasks, started);
  } catch (error) {
    return failAll(call, tasks, error, started);
  }
}

async function renderTasks(
  call: Call,
  tasks: readonly ServiceTask[],
  started: number,
): Promise<TaskEnd[]> {
  const paths = await renderServices(call);
  return tasks.map((task) => {
    const mine = paths.filter((path) =>
      path.startsWith(`dist/render/${call.environment}/${task.service}/`),
    );
    return end(task, started, 'success', `${mine.join('\n')}\n`);
  });
}

async function deployTasks(
  call: Call,
  tasks: readonly ServiceTask[],
  started: number,
): Promise<TaskEnd[]> {
  const options = first(tasks).options;
  const dryRun = options['dry-run'] ?? options.dryRun ?? false;
  const lockTimeout = options['lock-timeout'] ?? options.lockTimeout;
  const flags = { dryRun, allow: list(options.allow ?? ''), lockTimeout };
  const { plans, outcomes } = await deploy(call, flags);
  if (call.json) call.terminal.out(JSON.stringify({ plans, outcomes }, null, 2));
  const { colour } = call.terminal;
  return tasks.map((task) => {
    const mine = outcomes.filter(({ service }) => isWhole(task) || service === task.service);
    const text = call.json || mine.length === 0 ? '' : `${formatOutcomes(mine, { colour })}\n`;
    return end(task, started, statusOf(mine), text);
  });
}

async function verifyTasks(
  call: Call,
  tasks: readonly ServiceTask[],
  started: number,
): Promise<TaskEnd[]> {
  const { level, timeout } = first(tasks).options;
  const flags = { level: level === undefined ? undefined : parseLevels(level), timeout };
  const results = await verifyServices(call, flags);
  if (call.json) call.terminal.out(JSON.stringify(reportsOf(call.environment, results), null, 2));
  return tasks.map((task) => {
    const mine = results.filter(({ service }) => isWhole(task) || service === task.service);
    const isGood = mine.every(({ ok }) => ok);
    return end(
      task,
      started,
      isGood ? 'success' : 'failure',
      call.json ? '' : formatProbes(mine, { colour: call.terminal.colour }),
    );
  });
}

function failAll(
  call: Call,
  tasks: readonly ServiceTask[],
  error: unknown,
  started: number,
): TaskEnd[] {
  const text = formatErrors(error, { colour: call.terminal.colour, verbose: call.verbose });
  call.terminal.err(text);
  const named = error instanceof StackErrors ? flattenErrors(error) : [];
  const isNamed = (task: ServiceTask) => named.some(({ where }) => where.service === task.service);
  return tasks.map((task) =>
    end(
      task,
      started,
      'failure',
      isNamed(task) ? 'see the errors above\n' : 'nothing was done: see the errors above\n',
    ),
  );
}

function statusOf(outcomes: readonly Outcome[]): 'success' | 'failure' | 'skipped' {
  if (outcomes.some(({ state }) => state === 'failed')) return 'failure';
  return outcomes.some(({ state }) => state === 'skipped') ? 'skipped' : 'success';
}

function end(
  task: ServiceTask,
  startTime: number,
  status: 'success' | 'failure' | 'skipped',
  terminalOutput: string,
): TaskEnd {
  const success = status === 'success';
  return {
    task: task.id,
    result: { success, status, terminalOutput, startTime, endTime: Date.now() },
  };
}

/** One call for all tasks of a verb: Nx gives them one configuration and one set of flags. */
function makeCall(tasks: readonly ServiceTask[], root: string): Call {
  const { options } = first(tasks);
  return {
    root,
    environment: options.environment,
    variables: { ...readLocalEnv(root), ...process.env },
    services: tasks.some(isWhole) ? [] : tasks.map(({ service }) => service),
    hosts: list(options.hosts ?? ''),
    json: options.json ?? false,
    verbose: false,
    terminal: openTerminal(process.env),
  };
}

function first(tasks: readonly ServiceTask[]): ServiceTask {
  const [task] = tasks;
  if (task === undefined) throw new Error('a batch without tasks');
  return task;
}

function isWhole({ service }: ServiceTask): boolean {
  return service === whole;
}
