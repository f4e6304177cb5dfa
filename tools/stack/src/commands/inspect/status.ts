import {
  collectReachableFacts,
  judgeStatus,
  judgeUnreachable,
  throwUnreachable,
} from '@ai-stack/deploy';
import { formatStatus } from '@ai-stack/report';
import { announce, verboseLog, type Call } from '../../context/call';
import { openHosts } from '../../context/plan-options';
import { withSession } from '../../context/session';
import { readStack, selectReleases } from '../../context/stack';
import { lookOf } from '../../terminal/terminal';

/**
 * What runs on each host, since when and by whom, and where it differs from what was recorded. A host that does not
 * answer is shown as such, and fails the command once the others are shown.
 */
export async function runStatus(call: Call): Promise<undefined> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const names = new Set(releases.map(({ host }) => host));
  const wanted = stack.environment.hosts.filter(({ name }) => names.has(name));
  const hosts = { required: [], wanted, log: verboseLog(call) };
  const { facts, unreachable } = await withSession(call, hosts, async (session) => {
    const asked = await collectReachableFacts(
      openHosts(stack, session),
      stack.releases,
      new Date(),
    );
    return { facts: asked.facts, unreachable: [...session.unreachable, ...asked.unreachable] };
  });
  const placedOn = (host: string) => wanted.find(({ name }) => name === host)?.services ?? [];
  const rows = [
    ...facts.flatMap((one) =>
      judgeStatus(one, call.environment, placedOn(one.host), stack.releases),
    ),
    ...unreachable.flatMap((one) => judgeUnreachable(one, placedOn(one.host))),
  ].filter(({ service }) => call.services.length === 0 || call.services.includes(service));
  const look = lookOf(call.terminal);
  call.terminal.out(call.json ? JSON.stringify(rows, null, 2) : formatStatus(rows, look));
  throwUnreachable(unreachable);
}
