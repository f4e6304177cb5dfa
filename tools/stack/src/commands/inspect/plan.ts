import { exitCodes, isEmptyPlan, type ExitCode, type Plan } from '@ai-stack/core';
import {
  listFileChanges,
  planDeploy,
  plansOf,
  throwUnreachable,
  type PlannedDeploy,
} from '@ai-stack/deploy';
import { formatDiffs, formatPlan, unifiedDiff, type FileDiff } from '@ai-stack/report';
import { verboseLog, type Call } from '../../context/call';
import { lenientHosts, planOptions, withSelected } from '../../context/plan-options';
import { withSession } from '../../context/session';
import { lookOf } from '../../terminal/terminal';

interface Flags {
  expectNoChanges?: boolean;
  /** Shows the changes of files line by line. */
  diff?: boolean;
  showKept?: boolean;
}

/**
 * Shows what deploy would do; with --expect-no-changes a plan that is not empty ends with 3. A host that does not answer
 * takes only its own services out of the plan, and the command ends with 1.
 */
export async function runPlan(call: Call, flags: Flags): Promise<ExitCode> {
  const withTexts = flags.diff ?? false;
  const planned = await withSelected(call, ({ stack, releases, logins }) => {
    const hosts = { ...lenientHosts(stack), log: verboseLog(call), logins };
    return withSession(call, hosts, (session) =>
      planDeploy({ ...planOptions(call, stack, releases, session, []), withTexts }),
    );
  });
  const plans = plansOf(planned);
  const diffs = withTexts ? diffsOf(planned) : [];
  const look = lookOf(call.terminal);
  const text = formatPlan(plans, { ...look, showKept: flags.showKept ?? false });
  if (call.json) call.terminal.out(JSON.stringify(withDiffs(plans, diffs, withTexts), null, 2));
  else
    call.terminal.out(diffs.length === 0 ? text : `${formatDiffs(diffs, look.colour)}\n\n${text}`);
  throwUnreachable(planned.unreachable);
  if (plans.some(({ blocked }) => blocked.length > 0)) return exitCodes.badInput;
  const isPending = !plans.every(isEmptyPlan);
  return isPending && flags.expectNoChanges === true ? exitCodes.changesPending : exitCodes.done;
}

function diffsOf({ releases }: PlannedDeploy): FileDiff[] {
  return releases.flatMap((planned) => {
    const { service, host } = planned.release;
    return listFileChanges(planned).map(({ path, before, after }) => {
      return { service, host, path, diff: unifiedDiff(`${host}${path}`, before, after) };
    });
  });
}

/** The plans as they are without --diff; with it, each also has the differences of its files. */
function withDiffs(plans: readonly Plan[], diffs: readonly FileDiff[], isWanted: boolean) {
  if (!isWanted) return plans;
  return plans.map((plan) => {
    const own = diffs.filter(({ service, host }) => service === plan.service && host === plan.host);
    return { ...plan, diffs: own.map(({ path, diff }) => ({ path, diff })) };
  });
}
