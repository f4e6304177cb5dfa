import { exitCodes, isEmptyPlan, type ExitCode } from '@ai-stack/core';
import { deployReleases, type DeployResult, type OnProgress } from '@ai-stack/deploy';
import { formatOutcomes, formatPlan } from '@ai-stack/report';
import { readCommit, readWho } from '../author';
import { announce, verboseLog, type Call } from '../call';
import { planOptions, sessionHosts } from '../plan-options';
import { showProgress } from '../progress';
import { proveReload } from '../prove-reload';
import { withSession } from '../session';
import { readStack, selectReleases } from '../stack';

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

/** The same without a word of the result, for the batch executor of Nx. */
export async function deploy(
  call: Call,
  flags: Flags,
  onOutcome?: OnProgress,
): Promise<DeployResult> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const commit = await readCommit(call.root);
  const hosts = { ...sessionHosts(call, stack, releases), log: verboseLog(call) };
  const show = showProgress(call.terminal);
  return withSession(call.root, hosts, (session) =>
    deployReleases({
      ...planOptions(call, stack, releases, session, flags.allow ?? []),
      needs: Object.fromEntries(
        stack.order.map(({ name, needs }) => [name, needs.map(({ service }) => service)]),
      ),
      dryRun: flags.dryRun ?? false,
      who: readWho(),
      commit,
      onProgress: (event) => {
        show(event);
        onOutcome?.(event);
      },
      proveReload: proveReload(stack, session),
    }),
  );
}

function print(call: Call, flags: Flags, { plans, outcomes }: DeployResult): void {
  const { colour } = call.terminal;
  if (call.json) return call.terminal.out(JSON.stringify({ plans, outcomes }, null, 2));
  const isEmpty = plans.every(isEmptyPlan);
  if (isEmpty) return call.terminal.out('nothing to do: the hosts are as rendered');
  const text = formatPlan(plans, { showKept: flags.showKept ?? false, colour });
  call.terminal.out(text);
  if (flags.dryRun !== true) call.terminal.out(formatOutcomes(outcomes, { colour }));
}
