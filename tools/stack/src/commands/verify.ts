import { join } from 'node:path';
import { exitCodes, levels, type ProbeResult } from '@ai-stack/core';
import { formatProbes } from '@ai-stack/report';
import { askProbes, reportsOf, writeReports } from '@ai-stack/verify';
import { refuseMissingCaFile } from '../context/ca-file';
import { selectVerified, unplacedProbes } from '../context/stack';
import { allWhereReached } from '../frame/choose-hosts';
import type { Command } from '../frame/command';
import { onStack } from '../frame/on-stack';
import { askDeps } from '../probes/ask-deps';
import { showWaiting } from '../probes/show-waiting';

/** Asks the probes of the selected services, writes `dist/verify/<env>/`, and reports the results. */
export const verify: Command<'verify', ProbeResult[]> = {
  work: onStack({
    checks: [refuseMissingCaFile],
    // A host that does not answer is a failed probe, not the end of the others.
    hosts: allWhereReached,
    select: selectVerified,
    run: async ({ call, stack, releases, session }, { level = [...levels], timeout = 60 }) => {
      const all = [
        ...releases.flatMap((release) => release.probes),
        ...unplacedProbes(stack, call),
      ];
      const probes = all.filter((probe) => level.includes(probe.level));
      const deps = await askDeps(call, stack, session);
      const onWait = showWaiting(call.terminal);
      const results = await askProbes(probes, { ...deps, deadlineMs: timeout * 1000, onWait });
      await writeReports(join(call.root, 'dist/verify'), call.environment, results);
      return results;
    },
  }),
  text: (results, { look }) => formatProbes(results, look),
  json: (results, { call }) => reportsOf(call.environment, results),
  end: (results) => (results.every(({ ok }) => ok) ? exitCodes.done : exitCodes.verifyFailed),
};
