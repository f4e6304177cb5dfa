import { exitCodes, isEmptyPlan, type ExitCode } from '@ai-stack/core';
import { deployReleases, type DeployResult } from '@ai-stack/deploy';
import { formatOutcomes, formatPlan } from '@ai-stack/report';
import { readCommit, readWho } from '../author';
import { announce, verboseLog, type Call } from '../call';
import { planOptions, sessionHosts } from '../plan-options';
import { withProgress } from '../progress';
import { proveReload } from '../prove-reload';
import { withSession } from '../session';
import { readStack, selectReleases, type Stack } from '../stack';

interface Flags {
  dryRun?: boolean;
  allow?: string[];
  showKept?: boolean;
}

/** Plans, applies, and prints what came of it; non-zero when any host or service failed. */
export async function runDeploy(call: Call, flags: Flags): Promise<ExitCode> {
  const result = await deploy(call, flags);
  print(call, flags, result);
  const isStopped = result.outcomes.some(({ state }) => state === 'failed' || state === 'skipped');
  return isStopped ? exitCodes.failed : exitCodes.done;
}

/** The same without printing the result, for the batch executor of Nx. */
export async function deploy(call: Call, flags: Flags): Promise<DeployResult> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const commit = await readCommit(call.root);
  const hosts = { ...sessionHosts(call, stack, releases), log: verboseLog(call) };
  return withSession(call.root, hosts, (session) =>
    withProgress(call.terminal, (onProgress) =>
      deployReleases({
        ...planOptions(call, stack, releases, session, flags.allow ?? []),
        needs: needsOf(stack),
        dryRun: flags.dryRun ?? false,
        who: readWho(),
        commit,
        onProgress,
        proveReload: proveReload(stack, session),
      }),
    ),
  );
}

function needsOf({ order }: Stack): Record<string, string[]> {
  return Object.fromEntries(
    order.map(({ name, needs }) => [name, needs.map(({ service }) => service)]),
  );
}

function print(call: Call, flags: Flags, result: DeployResult): void {
  const options = { showKept: flags.showKept ?? false, colour: call.terminal.colour };
  call.terminal.out(call.json ? JSON.stringify(result, null, 2) : formatDeploy(result, options));
}

/** Plan and outcomes as text; an empty plan is one line. */
export function formatDeploy(
  { plans, outcomes }: DeployResult,
  options: { showKept: boolean; colour: boolean },
): string {
  if (plans.every(isEmptyPlan) && !options.showKept)
    return 'nothing to do: the hosts are as rendered';
  const parts = [formatPlan(plans, options)];
  if (outcomes.length > 0) parts.push(formatOutcomes(outcomes, options));
  return parts.join('\n\n');
}
