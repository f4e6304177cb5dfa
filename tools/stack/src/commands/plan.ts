import { exitCodes, isEmptyPlan, type ExitCode } from '@ai-stack/core';
import { planDeploy, plansOf } from '@ai-stack/deploy';
import { formatPlan } from '@ai-stack/report';
import { verboseLog, type Call } from '../call';
import { planOptions, sessionHosts, withSelected } from '../plan-options';
import { withSession } from '../session';

interface Flags {
  expectNoChanges?: boolean;
  showKept?: boolean;
}

/** Shows what deploy would do; with --expect-no-changes a plan that is not empty ends with 3. */
export async function runPlan(call: Call, flags: Flags): Promise<ExitCode> {
  const plans = await withSelected(call, ({ stack, releases, logins }) => {
    const hosts = { ...sessionHosts(call, stack, releases), log: verboseLog(call), logins };
    return withSession(call, hosts, async (session) =>
      plansOf(await planDeploy(planOptions(call, stack, releases, session, []))),
    );
  });
  const { colour } = call.terminal;
  const text = formatPlan(plans, { showKept: flags.showKept ?? false, colour });
  call.terminal.out(call.json ? JSON.stringify(plans, null, 2) : text);
  if (plans.some(({ blocked }) => blocked.length > 0)) return exitCodes.badInput;
  const isPending = !plans.every(isEmptyPlan);
  return isPending && flags.expectNoChanges === true ? exitCodes.changesPending : exitCodes.done;
}
