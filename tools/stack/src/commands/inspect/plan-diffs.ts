import type { Plan } from '@ai-stack/core';
import { listFileChanges, type PlannedDeploy } from '@ai-stack/deploy';
import { formatDiffs, unifiedDiff, type FileDiff, type Look } from '@ai-stack/report';

/** The changes of all files, line by line. Pure. */
export function diffsOf({ releases }: Pick<PlannedDeploy, 'releases'>): FileDiff[] {
  return releases.flatMap((planned) => {
    const { service, host } = planned.release;
    return listFileChanges(planned).map(({ path, before, after }) => {
      return { service, host, path, diff: unifiedDiff(`${host}${path}`, before, after) };
    });
  });
}

/** The plans as they are without --diff; with it, each also has the differences of its files. Pure. */
export function withDiffs(plans: readonly Plan[], diffs: readonly FileDiff[] | undefined) {
  if (diffs === undefined) return plans;
  return plans.map((plan) => {
    const own = diffs.filter(({ service, host }) => service === plan.service && host === plan.host);
    return { ...plan, diffs: own.map(({ path, diff }) => ({ path, diff })) };
  });
}

/** The plans as text, below the differences where there are some. Pure. */
export function withDiffsAbove(
  text: string,
  diffs: readonly FileDiff[] = [],
  { colour }: Look,
): string {
  return diffs.length === 0 ? text : `${formatDiffs(diffs, colour)}\n\n${text}`;
}
