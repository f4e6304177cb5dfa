import { badInput, exitCodes, isEmptyPlan, nxRun, type ExitCode, type Plan } from '@ai-stack/core';
import { deployReleases, type DeployResult, type OnProgress } from '@ai-stack/deploy';
import { formatOutcomes, formatPlan, type Look } from '@ai-stack/report';
import { isSameCode, readCommit, readWho } from '../../context/author';
import { proveRelease } from '../../probes/ask-deps';
import { verboseLog, type Call } from '../../context/call';
import { counted, withInterrupt, type WorkDone } from '../../terminal/interrupt';
import { lockOptions } from '../../context/lock-options';
import { lenientHosts, planOptions, withSelected, type Selected } from '../../context/plan-options';
import { withProgress } from '../../terminal/progress';
import { proveReload } from '../../probes/prove-reload';
import { withSession } from '../../context/session';
import type { Stack } from '../../context/stack';
import { lookOf } from '../../terminal/terminal';

export interface DeployFlags {
  dryRun?: boolean;
  /** Make the containers of the one service anew. */
  replace?: boolean;
  allow?: string[];
  showKept?: boolean;
  /** Seconds to wait for another operator who works on the same. */
  lockTimeout?: number;
}

/** Plans, shows the plan, applies it, and prints what came of it; non-zero when any host or service failed. */
export async function runDeploy(call: Call, flags: DeployFlags): Promise<ExitCode> {
  const result = await deploy(call, flags);
  if (call.json) call.terminal.out(JSON.stringify(result, null, 2));
  else if (result.outcomes.length > 0 && !result.plans.every(isEmptyPlan)) {
    call.terminal.out(`\n${formatOutcomes(result.outcomes, lookOf(call.terminal))}`);
  }
  if (flags.dryRun === true && isPlanBlocked(result.plans, flags.allow)) return exitCodes.badInput;
  const isStopped = result.outcomes.some(({ state }) => state === 'failed' || state === 'skipped');
  return isStopped ? exitCodes.failed : exitCodes.done;
}

/** The same without the outcomes, for the batch executor of Nx. */
export async function deploy(call: Call, flags: DeployFlags): Promise<DeployResult> {
  if (flags.replace === true) refuseManyReplaced(call);
  return withSelected(call, (selected) => deploySelected(call, flags, selected));
}

/** Of several at once nobody wants each container anew; which one is broken has to be said. */
function refuseManyReplaced({ services, environment }: Call): void {
  if (services.length === 1) return;
  const named = services.length === 0 ? 'none is named' : `${services.length} are named`;
  throw badInput(`--replace takes exactly one service, and ${named}`, {
    where: { environment },
    fix: nxRun(environment, `${services[0] ?? '<service>'}:deploy`, '--replace'),
  });
}

async function deploySelected(
  call: Call,
  flags: DeployFlags,
  { stack, releases, logins }: Selected,
): Promise<DeployResult> {
  // Git looks at every file; the logins go on meanwhile.
  const commitRead = readCommit(call.root);
  const hosts = { ...lenientHosts(stack), log: verboseLog(call), logins };
  const showPlan = (plans: readonly Plan[]) => {
    if (!call.json) call.terminal.out(formatPlans(plans, flags, lookOf(call.terminal)));
  };
  const result = await withSession(call, hosts, async (session) => {
    const commit = await commitRead;
    const work = (done: WorkDone, onProgress: OnProgress) =>
      deployReleases({
        ...planOptions(call, stack, releases, session, flags.allow ?? []),
        replace: flags.replace === true ? call.services[0] : undefined,
        needs: needsOf(stack),
        dryRun: flags.dryRun ?? false,
        who: readWho(),
        commit,
        onProgress: counted(done, onProgress),
        onPlan: (plans) => {
          done.plan(plans);
          showPlan(plans);
        },
        proveReload: proveReload(stack, session),
        isSameCode: isSameCode(call.root),
        prove: proveRelease(call, stack, session),
        lock: lockOptions(call, 'deploy', commit, flags.lockTimeout),
      });
    const [only] = call.services;
    const again = nxRun(
      call.environment,
      `${call.services.length === 1 ? (only ?? '') : 'stack'}:deploy`,
      call.hosts.length === 0 ? '' : `--hosts=${call.hosts.join(',')}`,
    );
    return withInterrupt(call.terminal, again, (done) =>
      withProgress(call.terminal, (onProgress) => work(done, onProgress), call.verbose),
    );
  });
  if (flags.dryRun === true) showPlan(result.plans);
  return result;
}

/** Whether a deploy of these plans would be refused; what is allowed blocks nothing. Pure. */
export function isPlanBlocked(plans: readonly Plan[], allow: readonly string[] = []): boolean {
  return plans.some(({ blocked }) =>
    blocked.some(({ guard }) => guard === null || !allow.includes(guard)),
  );
}

/** Services by those that they need. */
export function needsOf({ order }: Stack): Record<string, string[]> {
  return Object.fromEntries(
    order.map(({ name, needs }) => [name, needs.map(({ service }) => service)]),
  );
}

/** The plan as text; an empty one is one line, unless nothing is known of a service. */
export function formatPlans(plans: readonly Plan[], flags: DeployFlags, look: Look): string {
  const { showKept = false, allow = [] } = flags;
  const isKnown = ({ actions, blocked }: Plan) => actions.length > 0 || blocked.length === 0;
  const isQuiet = plans.every((plan) => isEmptyPlan(plan) && isKnown(plan)) && !showKept;
  return isQuiet
    ? 'nothing to do: the hosts are as rendered'
    : `${formatPlan(plans, { ...look, showKept, allow })}\n`;
}
