import { exitCodes, isEmptyPlan, type Plan } from '@ai-stack/core';
import { planDeploy, plansOf, throwUnreachable, type UnreachableHost } from '@ai-stack/deploy';
import { formatPlan, type FileDiff } from '@ai-stack/report';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { planning, planOptions } from '../../frame/plan-options';
import { diffsOf, withDiffs, withDiffsAbove } from './plan-diffs';

/** `diffs` is undefined without --diff. */
type Result = { plans: Plan[]; diffs: FileDiff[] | undefined; unreachable: UnreachableHost[] };

/** Shows what deploy would do. A host that does not answer takes only its own services out of the plan. */
export const plan: Command<'plan', Result> = {
  work: onStack({
    ...planning,
    run: async (context, { diff: withTexts = false }) => {
      const planned = await planDeploy({ ...(await planOptions(context, [])), withTexts });
      const diffs = withTexts ? diffsOf(planned) : undefined;
      return { plans: plansOf(planned), diffs, unreachable: planned.unreachable };
    },
  }),
  text: ({ plans, diffs }, { look, flags: { showKept = false } }) =>
    withDiffsAbove(formatPlan(plans, { ...look, showKept }), diffs, look),
  json: ({ plans, diffs }) => withDiffs(plans, diffs),
  end: ({ plans, unreachable }, { flags }) => {
    throwUnreachable(unreachable);
    if (plans.some(({ blocked }) => blocked.length > 0)) return exitCodes.badInput;
    const isPending = flags.expectNoChanges === true && !plans.every(isEmptyPlan);
    return isPending ? exitCodes.changesPending : exitCodes.done;
  },
};
