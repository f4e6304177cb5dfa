import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeLane, readLanes, specPaths, wholeLane } from './lanes';
import type { Run } from './run';
import { Slots } from './slots';
import { Stamps } from './stamps';

const nx = ['node_modules/.bin/nx', 'run'];
const jestProgram = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];

/** One lane of the end-to-end tests. */
interface Lane {
  name: string;
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

/** Checks, unit tests and, while these run, the labs; then the end-to-end tests. */
export async function runShort(run: Run, root: string): Promise<void> {
  const labs = lanesOf(root).map((lane) => ({
    lane,
    // Caught here: it is awaited only after the checks.
    isUp: bringUp(run, root, lane).catch((error: unknown) => run.fail(`${lane.name}-lab`, error)),
  }));
  await runChecks(run, root);
  await Promise.all(
    labs.map(async ({ lane, isUp }) => {
      // After the checks: tests that measure times get the processors for themselves.
      if (await isUp) await runLane(run, lane);
      await run.undo(`${lane.name}-wipe`);
    }),
  );
}

function lanesOf(root: string): Lane[] {
  return Object.entries(readLanes(root)).map(([lane, specs]) => {
    const isHere = lane === wholeLane;
    return {
      ...{ name: `e2e-${lane}`, specs },
      root: isHere ? root : join(root, '.nx/lanes', lane),
      wasUp: isHere && existsSync(join(root, '.lab/net')),
    };
  });
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
  // The programs that can be real are, or their registries provably cannot be reached. One answer is enough.
  if (!isOther)
    await run.check({ name: 'lab-programs', command: ['tools/lab/images/build.sh', 'check'] });
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

/** The checks of one processor side by side, the longest first; then the unit tests with all processors. */
async function runChecks(run: Run, root: string): Promise<void> {
  const slots = new Slots(availableParallelism());
  const shellcheck = execFileSync('shellcheck', ['--version'], { encoding: 'utf8' });
  const stamps = new Stamps(root, join(root, '.nx/tests'), [shellcheck]);
  const check = (name: string, ...command: string[]) =>
    slots.run(1, async () => {
      if (run.isStopped) return;
      if (stamps.isPassed(name)) {
        run.pass(name, 'by a run on the same files');
      } else if (await run.check({ name, command })) stamps.recordPassed(name);
    });
  const npm = ['npm', 'run', '--silent'];
  const unit = ['--selectProjects', 'unit', ...reportTo(run, 'unit')];
  await Promise.all([
    check('lint', ...npm, 'lint'),
    check('scripts', 'tools/ci/lint.sh'),
    check('format', ...npm, 'format:check'),
    check('types', ...npm, 'typecheck'),
    slots.run(slots.total, () =>
      run.work({
        name: 'unit',
        command: ['node', ...jestProgram, ...unit, `--maxWorkers=${slots.total}`],
        env: { NODE_NO_WARNINGS: '1' },
      }),
    ),
  ]);
}
