import { isEmptyPlan, type Plan } from '@ai-stack/core';
import type { DeployResult, Outcome } from '@ai-stack/deploy';
import { formatOutcomes, formatPlan, type Look } from '@ai-stack/report';
import type { Call } from '../../context/call';
import { lookOf } from '../../terminal/terminal';

/** What decides how plans are shown. */
export interface PlanFlags {
  allow?: readonly string[];
  showKept?: boolean;
}

/** Shows the plans of a change to a person; with --json they are in the result. */
export function showPlans(call: Call, plans: readonly Plan[], flags: PlanFlags): void {
  if (!call.json) call.terminal.out(formatPlans(plans, flags, lookOf(call.terminal)));
}

/** The plan as text; an empty one is one line, unless nothing is known of a service. Pure. */
export function formatPlans(plans: readonly Plan[], flags: PlanFlags, look: Look): string {
  const { showKept = false, allow = [] } = flags;
  const isKnown = ({ actions, blocked }: Plan) => actions.length > 0 || blocked.length === 0;
  const isQuiet = plans.every((plan) => isEmptyPlan(plan) && isKnown(plan)) && !showKept;
  return isQuiet
    ? 'nothing to do: the hosts are as rendered'
    : `${formatPlan(plans, { ...look, showKept, allow })}\n`;
}

/** The outcome of a deploy, below its plan; undefined when there was nothing to do. Pure. */
export function formatChange({ plans, outcomes }: DeployResult, look: Look): string | undefined {
  if (outcomes.length === 0 || plans.every(isEmptyPlan)) return undefined;
  return `\n${formatOutcomes(outcomes, look)}`;
}

/** Whether a deploy of these plans would be refused; what is allowed blocks nothing. Pure. */
export function isPlanBlocked(plans: readonly Plan[], allow: readonly string[] = []): boolean {
  return plans.some(({ blocked }) =>
    blocked.some(({ guard }) => guard === null || !allow.includes(guard)),
  );
}

/** Whether a service failed, or was left out because one that it needs did. Pure. */
export function isStopped(outcomes: readonly Outcome[]): boolean {
  return outcomes.some(({ state }) => state === 'failed' || state === 'skipped');
}
