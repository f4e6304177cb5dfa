import { join } from 'node:path';
import {
  exitCodes,
  levels,
  type ExitCode,
  type Level,
  type Probe,
  type ProbeResult,
} from '@ai-stack/core';
import { cleanText, formatProbes } from '@ai-stack/report';
import { askProbes, reportsOf, writeReports } from '@ai-stack/verify';
import { refuseMissingCaFile } from '../context/ca-file';
import { announce, verboseLog, type Call } from '../context/call';
import { askDeps } from '../probes/ask-deps';
import { withSession } from '../context/session';
import { readStack, selectReleases, type Stack } from '../context/stack';
import { lookOf } from '../terminal/terminal';

export interface VerifyFlags {
  level?: Level[];
  timeout?: number;
}

/** Asks the probes of the selected services, prints and writes what came of them; 5 when one failed. */
export async function runVerify(call: Call, flags: VerifyFlags): Promise<ExitCode> {
  const results = await verifyServices(call, flags);
  const text = call.json
    ? JSON.stringify(reportsOf(call.environment, results), null, 2)
    : formatProbes(results, lookOf(call.terminal));
  call.terminal.out(text);
  return results.every(({ ok }) => ok) ? exitCodes.done : exitCodes.verifyFailed;
}

/** The same without printing the result, for the batch executor of Nx. Writes `dist/verify/<env>/`. */
export async function verifyServices(call: Call, flags: VerifyFlags): Promise<ProbeResult[]> {
  const stack = await readStack(call.root, call.environment, call.variables);
  refuseMissingCaFile(stack);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const asked = flags.level ?? [...levels];
  const probes = releases
    .flatMap((release) => release.probes)
    .filter(({ level }) => asked.includes(level));
  const results = await askAll(call, stack, probes, flags.timeout ?? 60);
  await writeReports(join(call.root, 'dist/verify'), call.environment, results);
  return results;
}

async function askAll(
  call: Call,
  stack: Stack,
  probes: Probe[],
  seconds: number,
): Promise<ProbeResult[]> {
  // Every host that answers: a host that does not is a failed probe, not the end of the others.
  const hosts = { required: [], wanted: stack.environment.hosts, log: verboseLog(call) };
  return withSession(call, hosts, async (session) => {
    const deps = await askDeps(call, stack, session);
    return askProbes(probes, { ...deps, deadlineMs: seconds * 1000, onWait: showWaiting(call) });
  });
}

/** Says once of each probe that it is not ready yet, so that a long silence has a reason. */
function showWaiting(call: Call): (probe: Probe, observed: string) => void {
  const told = new Set<string>();
  return ({ id }, observed) => {
    if (told.has(id)) return;
    told.add(id);
    call.terminal.err(cleanText(`waiting for ${id}: ${observed}`));
  };
}
