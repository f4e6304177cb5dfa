import { badInput, nxRun } from '@ai-stack/core';
import { holdHosts, unholdHosts } from '@ai-stack/deploy';
import { readWho } from '../../context/author';
import { announce, verboseLog, type Call } from '../../context/call';
import { openHosts } from '../../context/plan-options';
import { withSession, type Session } from '../../context/session';
import { readStack, selectReleases, type Stack } from '../../context/stack';

/** Asks everybody not to change the hosts until `unhold`: their deploys are refused with who, when and why. */
export async function runHold(call: Call, { why }: { why?: string }): Promise<undefined> {
  const reason = why?.trim() ?? '';
  if (reason === '') {
    throw badInput('hold wants a reason, for those whom it stops', {
      fix: nxRun(call.environment, 'stack:hold', '--why="moving the data disk"'),
    });
  }
  await onHosts(call, async (stack, session) => {
    const hosts = openHosts(stack, session);
    await holdHosts(hosts, { who: readWho(), when: new Date().toISOString(), why: reason });
    call.terminal.out(`held: ${hosts.map(({ host }) => host.name).join(', ')}`);
  });
}

/** Ends every hold of the selected hosts. */
export async function runUnhold(call: Call): Promise<undefined> {
  await onHosts(call, async (stack, session) => {
    const hosts = openHosts(stack, session);
    await unholdHosts(hosts);
    call.terminal.out(`no longer held: ${hosts.map(({ host }) => host.name).join(', ')}`);
  });
}

async function onHosts(
  call: Call,
  use: (stack: Stack, session: Session) => Promise<void>,
): Promise<void> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const names = new Set(releases.map(({ host }) => host));
  const required = stack.environment.hosts.filter(({ name }) => names.has(name));
  await withSession(call, { required, log: verboseLog(call) }, (session) => use(stack, session));
}
