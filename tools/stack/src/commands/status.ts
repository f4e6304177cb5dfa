import { collectAllFacts, judgeStatus } from '@ai-stack/deploy';
import { formatStatus } from '@ai-stack/report';
import { announce, verboseLog, type Call } from '../call';
import { openHosts } from '../plan-options';
import { withSession } from '../session';
import { readStack, selectReleases } from '../stack';

/** What runs on each host, since when and by whom, and where it differs from what was recorded. */
export async function runStatus(call: Call): Promise<undefined> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const names = new Set(releases.map(({ host }) => host));
  const required = stack.environment.hosts.filter(({ name }) => names.has(name));
  const facts = await withSession(call, { required, log: verboseLog(call) }, (session) =>
    collectAllFacts(openHosts(stack, session), stack.releases),
  );
  const rows = facts.flatMap((one) => {
    const placed = required.find(({ name }) => name === one.host)?.services ?? [];
    return judgeStatus(one, call.environment, placed);
  });
  const wanted = rows.filter(
    ({ service }) => call.services.length === 0 || call.services.includes(service),
  );
  const { colour } = call.terminal;
  call.terminal.out(call.json ? JSON.stringify(wanted, null, 2) : formatStatus(wanted, { colour }));
}
