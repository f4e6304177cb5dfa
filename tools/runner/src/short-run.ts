import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { lackingPrograms, makeLane, readLanes, specPaths, wholeLane } from './lanes';
import type { Run } from './run';
import { Stamps } from './stamps';

const nx = ['node_modules/.bin/nx', 'run'];
// A test that fails may leave a connection open, for which Jest would wait without end.
const jestProgram = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--forceExit'];

/** One lane of the end-to-end tests. */
interface Lane {
  /** Of its step and its report. */
  name: string;
  lane: string;
  specs: readonly string[];
  /** The workspace whose lab it uses. */
  root: string;
  /** Whether the lab was up before; such a lab stays. */
  wasUp: boolean;
}

/** Names of the steps whose results a short run must have, so that none is left out unseen. */
export function expectedResults(root: string): string[] {
  return ['unit', ...lanesOf(root).map(({ name }) => name)];
}

/**
 * The unit tests and, while these run, the labs; then the end-to-end tests and, while these wait for programs to start,
 * the checks.
 */
export async function runShort(run: Run, root: string): Promise<void> {
  const programs = absentPrograms(run);
  const labs = lanesOf(root).map((lane) => ({
    lane,
    // Caught here: it is awaited only after the unit tests.
    isUp: programs
      .then((absent) => canRun(run, lane, absent) && bringUp(run, root, lane))
      .catch((error: unknown) => run.fail(`${lane.name}-lab`, error)),
  }));
  // Alone: some of them measure times.
  await runUnit(run);
  const lanes = labs.map(async ({ lane, isUp }) => {
    if (await isUp) await runLane(run, lane);
    await run.undo(`${lane.name}-wipe`);
  });
  await Promise.all([runChecks(run, root), ...lanes]);
}

function lanesOf(root: string): Lane[] {
  return Object.entries(readLanes(root)).map(([lane, specs]) => {
    const isHere = lane === wholeLane;
    return {
      ...{ name: `e2e-${lane}`, lane, specs },
      root: isHere ? root : join(root, '.nx/lanes', lane),
      wasUp: isHere && existsSync(join(root, '.lab/net')),
    };
  });
}

const build = 'tools/lab/images/build.sh';

/** Makes the images of all labs. Program -> reason, for those that cannot be made here; undefined when the build fails. */
async function absentPrograms(run: Run): Promise<Record<string, string> | undefined> {
  if (!(await run.check({ name: 'lab-images', command: [build], isLive: true }))) return undefined;
  const listed = execFileSync(build, ['absent'], { encoding: 'utf8' });
  const lines = listed.split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => line.split('\t') as [string, string]));
}

/** Whether the lab of a lane can be there; notes its specs as skipped where a program cannot be made. */
function canRun(run: Run, { name, lane, specs }: Lane, absent?: Record<string, string>): boolean {
  if (absent === undefined) return false;
  const lacking = lackingPrograms(lane, absent);
  if (lacking.length === 0) return true;
  const reasons = lacking.map((program) => `there is no ${program} (${absent[program] ?? ''})`);
  run.skip(name, specs, reasons.join('; '));
  return false;
}

/** Starts the lab of a lane. Says whether it is up. */
async function bringUp(run: Run, root: string, lane: Lane): Promise<boolean> {
  const isOther = lane.root !== root;
  if (isOther) makeLane(root, lane.root);
  if (!lane.wasUp) {
    const wipe = ['node', '-r', '@swc-node/register', 'tools/lab/src/main.ts', 'wipe'];
    // The copy of the workspace goes with its lab.
    const wipeAll = ['bash', '-c', '"$@" && cd / && rm -rf --one-file-system "$0"', lane.root];
    const command = isOther ? [...wipeAll, ...wipe] : wipe;
    run.owe({ name: `${lane.name}-wipe`, command, cwd: lane.root });
  }
  const up = { name: `${lane.name}-lab`, command: [...nx, 'lab:up'], cwd: lane.root, isLive: true };
  if (!(await run.check(up))) return false;
  // Every program that can be made is there. One answer is enough.
  if (!isOther) await run.check({ name: 'lab-programs', command: [build, 'check'] });
  return true;
}

async function runLane(run: Run, { name, specs, root: cwd }: Lane): Promise<void> {
  const own = ['--selectProjects', 'e2e', '--runInBand', ...reportTo(run, name)];
  const reporters = ['--reporters=default', '--reporters=./tools/sh/say-test.cjs'];
  const order = '--testSequencer=./tools/e2e/sequencer.cjs';
  await run.work({
    name,
    command: [
      'node',
      ...jestProgram,
      ...own,
      ...reporters,
      order,
      '--runTestsByPath',
      ...specPaths(specs),
    ],
    cwd,
    env: { NODE_NO_WARNINGS: '1' },
    isLive: true,
  });
}

function reportTo({ results }: Run, name: string): string[] {
  return ['--json', `--outputFile=${join(results, `${name}.json`)}`];
}

async function runUnit(run: Run): Promise<void> {
  const own = ['--selectProjects', 'unit', ...reportTo(run, 'unit')];
  await run.work({
    name: 'unit',
    command: ['node', ...jestProgram, ...own, `--maxWorkers=${availableParallelism()}`],
    env: { NODE_NO_WARNINGS: '1' },
  });
}

/** What keeps one processor busy, one after the other. */
async function runChecks(run: Run, root: string): Promise<void> {
  const shellcheck = execFileSync('shellcheck', ['--version'], { encoding: 'utf8' });
  const stamps = new Stamps(root, join(root, '.nx/tests'), [shellcheck]);
  const npm = ['npm', 'run', '--silent'];
  const checks: [name: string, command: string[]][] = [
    ['scripts', ['tools/ci/lint.sh']],
    ['lint', [...npm, 'lint']],
    ['format', [...npm, 'format:check']],
  ];
  for (const [name, command] of checks) {
    if (run.isStopped) return;
    if (stamps.isPassed(name)) run.pass(name, 'by a run on the same files');
    else if (await run.check({ name, command })) stamps.recordPassed(name);
  }
}
