import { flattenErrors, StackErrors } from '@ai-stack/core';
import type { Outcome } from '@ai-stack/deploy';
import { formatErrors, formatOutcomes, formatProbes } from '@ai-stack/report';
import { reportsOf } from '@ai-stack/verify';
import { deploy } from '../commands/change/deploy';
import { isPlanBlocked } from '../commands/change/plans';
import { render } from '../commands/render';
import { verify } from '../commands/verify';
import { makeCall, type Call } from '../context/call';
import { verbs, type Verb } from '../options/declaration';
import type { FlagsOf, SharedFlags } from '../options/flags';
import { flagsFor, parseWords, type Flags } from '../options/parse-words';
import { lookOf, openTerminal, type Terminal } from '../terminal/terminal';

/** What Nx hands to one task. */
export interface TaskOptions {
  verb: Verb;
  /** The configuration. */
  environment: string;
  /** What is on the command line of Nx and is not Nx's own. */
  words: readonly string[];
}

export interface ServiceTask {
  id: string;
  service: string;
  options: TaskOptions;
}

/** How one task ended, as Nx wants to hear it; without times, of which Nx would make advice on how to split tasks. */
export interface TaskEnd {
  task: string;
  result: {
    success: boolean;
    terminalOutput: string;
    status?: 'success' | 'failure' | 'skipped';
  };
}

/** The project for all services at once. */
const whole = 'stack';

/** Runs all tasks, one verb after the other, and says of each how it ended. Verify follows only a deploy that worked. */
export async function* runTasks(
  tasks: readonly ServiceTask[],
  root: string,
): AsyncGenerator<TaskEnd> {
  let flags: Record<Verb, Flags>;
  try {
    flags = readWords(tasks);
  } catch (error) {
    yield* failAll(openTerminal(process.env), tasks, error);
    return;
  }
  const failed = new Set<string>();
  for (const verb of verbs) {
    const own = tasks.filter(({ options }) => options.verb === verb);
    const ready = own.filter(({ service }) => !failed.has(service));
    for (const task of own.filter((candidate) => !ready.includes(candidate)))
      yield end(task, 'skipped', '');
    if (ready.length === 0) continue;
    for (const [at, ended] of (await runVerb(verb, ready, root, flags[verb])).entries()) {
      if (!ended.result.success) failed.add(ready[at]?.service ?? '');
      yield ended;
    }
  }
}

/**
 * Before anything else, for all tasks together: an option is for those of the selected verbs that take it. What runs
 * only because another task wants it gets no words.
 */
function readWords(tasks: readonly ServiceTask[]): Record<Verb, Flags> {
  const asked = tasks.filter(({ options }) => options.words.length > 0);
  const selected = verbs.filter((verb) => asked.some(({ options }) => options.verb === verb));
  const given = selected.length === 0 ? {} : parseWords(selected, asked[0]?.options.words ?? []);
  const flagsOf = (verb: Verb) =>
    selected.includes(verb) ? flagsFor(verb, given) : parseWords([verb], []);
  return { render: flagsOf('render'), deploy: flagsOf('deploy'), verify: flagsOf('verify') };
}

async function runVerb(
  verb: Verb,
  tasks: readonly ServiceTask[],
  root: string,
  flags: Flags,
): Promise<TaskEnd[]> {
  const terminal = openTerminal(process.env);
  try {
    const call = callOf(tasks, root, flags, terminal);
    if (verb === 'render') return await renderTasks(call, tasks);
    return verb === 'deploy'
      ? await deployTasks(call, tasks, flags)
      : await verifyTasks(call, tasks, flags);
  } catch (error) {
    return failAll(terminal, tasks, error);
  }
}

async function renderTasks(call: Call, tasks: readonly ServiceTask[]): Promise<TaskEnd[]> {
  const paths = await render.work(call, {});
  return tasks.map((task) => {
    const own = paths.filter(
      (path) =>
        isWhole(task) || path.startsWith(`dist/render/${call.environment}/${task.service}/`),
    );
    return end(task, 'success', `${own.join('\n')}\n`);
  });
}

async function deployTasks(
  call: Call,
  tasks: readonly ServiceTask[],
  flags: FlagsOf<'deploy'>,
): Promise<TaskEnd[]> {
  const { plans, outcomes } = await deploy.work(call, flags);
  const isBlocked = flags.dryRun === true && isPlanBlocked(plans, flags.allow);
  if (call.json) call.terminal.out(JSON.stringify({ plans, outcomes }, null, 2));
  return tasks.map((task) => {
    const own = outcomes.filter(({ service }) => isWhole(task) || service === task.service);
    const text =
      call.json || own.length === 0 ? '' : `${formatOutcomes(own, lookOf(call.terminal))}\n`;
    return end(task, isBlocked ? 'failure' : statusOf(own), text);
  });
}

async function verifyTasks(
  call: Call,
  tasks: readonly ServiceTask[],
  flags: FlagsOf<'verify'>,
): Promise<TaskEnd[]> {
  const results = await verify.work(call, flags);
  if (call.json) call.terminal.out(JSON.stringify(reportsOf(call.environment, results), null, 2));
  return tasks.map((task) => {
    const own = results.filter(({ service }) => isWhole(task) || service === task.service);
    const isGood = own.every(({ ok }) => ok);
    return end(
      task,
      isGood ? 'success' : 'failure',
      call.json ? '' : formatProbes(own, lookOf(call.terminal)),
    );
  });
}

function failAll(terminal: Terminal, tasks: readonly ServiceTask[], error: unknown): TaskEnd[] {
  terminal.err(formatErrors(error, { ...lookOf(terminal), verbose: isVerbose() }));
  const named = error instanceof StackErrors ? flattenErrors(error) : [];
  const isNamed = (task: ServiceTask) => named.some(({ where }) => where.service === task.service);
  return tasks.map((task) =>
    end(
      task,
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
  status: 'success' | 'failure' | 'skipped',
  terminalOutput: string,
): TaskEnd {
  const success = status === 'success';
  return {
    task: task.id,
    result: { success, status, terminalOutput },
  };
}

/** One call for all tasks of a verb: Nx gives them one configuration and one set of words. */
function callOf(
  tasks: readonly ServiceTask[],
  root: string,
  flags: SharedFlags,
  terminal: Terminal,
): Call {
  const services = tasks.some(isWhole) ? [] : tasks.map(({ service }) => service);
  const environment = flags.environment ?? first(tasks).options.environment;
  return makeCall(
    { root, variables: process.env, services, terminal },
    { ...flags, environment, verbose: isVerbose() },
  );
}

/** Nx takes --verbose for itself, and says so to its tasks. */
function isVerbose(): boolean {
  return process.env['NX_VERBOSE_LOGGING'] === 'true';
}

function first(tasks: readonly ServiceTask[]): ServiceTask {
  const [task] = tasks;
  if (task === undefined) throw new Error('a batch without tasks');
  return task;
}

function isWhole({ service }: ServiceTask): boolean {
  return service === whole;
}
