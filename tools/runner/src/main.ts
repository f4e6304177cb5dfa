import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPart } from './long-run';
import { Run } from './run';
import { expectedResults, runShort } from './short-run';
import { endSteps } from './step';

// Called by tools/test, which has checked the arguments: `short` or `long PART..`.
const [kind = 'short', ...values] = process.argv.slice(2);
const root = process.cwd();
const write = (text: string) => void process.stdout.write(text);
let current: Run | undefined;

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    // Once: who asks again waits for the same end.
    if (current?.isStopped === true) return;
    write(`[test] ${signal}: ending what runs\n`);
    void (current?.stop() ?? Promise.resolve()).finally(() => process.exit(code));
  });
}

/** Runs the steps in a directory for their results; then counts these, which prints the closing line. */
async function counted(expected: string[], steps: (run: Run) => Promise<void>): Promise<number> {
  const results = mkdtempSync(join(tmpdir(), 'ai-stack-test-'));
  const run = new Run(results, write);
  current = run;
  const started = performance.now();
  try {
    await steps(run);
  } catch (error) {
    run.fail('the run', error);
    await endSteps(10);
  }
  // After a signal its handler does all this, and ends the process.
  if (run.isStopped) await new Promise(() => undefined);
  await run.undoAll();
  const seconds = (performance.now() - started) / 1000;
  const reports = expected.filter((name) => !run.skippedSuites.includes(name));
  const all = { seconds, expected: reports, steps: run.ended };
  writeFileSync(join(results, 'steps'), JSON.stringify(all));
  const count = spawnSync('node', ['tools/sh/count.cjs', results], { stdio: 'inherit' });
  rmSync(results, { recursive: true, force: true });
  return count.status ?? 1;
}

async function main(): Promise<number> {
  if (kind === 'short') {
    return counted(expectedResults(root), (run) => runShort(run, root));
  }
  let code = 0;
  for (const part of values) {
    write(`[test] part ${part} of the long run\n`);
    code = Math.max(code, await counted([], (run) => runPart(run, part)));
  }
  return code;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
