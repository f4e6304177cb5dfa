import { exitCodes, type ExitCode } from '@ai-stack/core';
import { collectAllFacts, type HostFacts } from '@ai-stack/deploy';
import { judgeBase, type Converged, type Verdict } from '../../base/judge-base';
import { emptyTree, readHistory } from '../../base/read-history';
import { verboseLog, type Call } from '../../context/call';
import { openHosts } from '../../context/plan-options';
import { withSession } from '../../context/session';
import { readStack, type Stack } from '../../context/stack';

/**
 * Prints the base for `nx affected -t deploy`, and nothing else, on standard output; why goes to standard error.
 * Where the hosts cannot be asked it prints the empty tree, from which everything is affected, and ends with 1: an
 * empty answer would make Nx compare with the main branch, which misses what failed before.
 */
export async function runBase(call: Call): Promise<ExitCode> {
  try {
    const stack = await readStack(call.root, call.environment, call.variables);
    const states = await collectConverged(call, stack);
    const verdict = await judgeBase(states, await readHistory(call.root));
    show(call, states, verdict);
    return exitCodes.done;
  } catch (error) {
    if (!call.json) call.terminal.out(emptyTree);
    throw error;
  }
}

async function collectConverged(call: Call, stack: Stack): Promise<Converged[]> {
  const required = stack.environment.hosts.filter(({ services }) => services.length > 0);
  const facts = await withSession(call, { required, log: verboseLog(call) }, (session) =>
    collectAllFacts(openHosts(stack, session), []),
  );
  return stack.releases.map(({ service, host }) => stateOf(call.environment, service, host, facts));
}

function stateOf(
  environment: string,
  service: string,
  host: string,
  facts: readonly HostFacts[],
): Converged {
  const found = facts.find((one) => one.host === host)?.services[service];
  const isOurs = found?.current?.environment === environment;
  return {
    service,
    host,
    commit: isOurs ? found.converged?.commit : undefined,
    isInterrupted: found?.pending !== undefined,
    ...(found?.running !== undefined && { running: found.running }),
  };
}

function show({ terminal, json }: Call, states: readonly Converged[], verdict: Verdict): void {
  const base = verdict.base ?? emptyTree;
  if (json) {
    const { reasons } = verdict;
    const isEverything = verdict.base === undefined;
    terminal.out(JSON.stringify({ version: 1, base, isEverything, reasons, states }, null, 2));
    return;
  }
  const headline = verdict.base === undefined ? 'everything is affected' : `base ${base}`;
  terminal.err([headline, ...verdict.reasons.map((reason) => `  ${reason}`)].join('\n'));
  terminal.out(base);
}
