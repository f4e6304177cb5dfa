import { readdirSync } from 'node:fs';
import type { Run } from './run';

/** A part that takes longer is to be cut in two: a hosted runner ends its job some time after. */
export const partMinutes = 40;

/**
 * Runs one part of the long run: the program `tools/long/<part>`. What it leaves in $RESULTS (NAME.json of Jest,
 * NAME.check) is counted; one that leaves nothing is one test, and one that fails has failed whatever it left.
 */
export async function runPart(run: Run, part: string): Promise<void> {
  const before = new Set(readdirSync(run.results));
  const env = { LONG: '1', RESULTS: run.results };
  const step = { name: part, command: [`tools/long/${part}`], env, isLive: true };
  const ended = await run.work(step);
  const left = readdirSync(run.results).filter(
    (name) => !before.has(name) && /\.(?:json|check)$/.test(name),
  );
  if (ended.code !== 0 || left.length === 0) run.record(part, ended.code === 0);
  if (ended.seconds > partMinutes * 60) run.record(`at most ${partMinutes} minutes`, false);
}
