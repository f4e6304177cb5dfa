import { exitCodes, nxRun, StackError, throwAll } from '@ai-stack/core';
import {
  collectAllFacts,
  destroyService,
  planDestroy,
  type DestroyPlan,
  type HostFacts,
  type OpenHost,
} from '@ai-stack/deploy';
import { readCommit } from '../../context/author';
import { lockOptions } from '../../context/lock-options';
import type { Context } from '../../frame/on-stack';
import type { FlagsOf } from '../../options/flags';
import { withLocks } from './with-locks';

/** One service on one host that answered. */
interface Place {
  service: string;
  stackDirectory: string;
  open: OpenHost;
  facts: HostFacts;
}

/** What a destroy of the selection would take away; changes nothing. */
export async function planServices(
  context: Context,
  { data = false }: FlagsOf<'destroy'>,
): Promise<DestroyPlan[]> {
  const { environment } = context.call;
  const facts = await collectAllFacts(context.hosts, context.releases);
  return placesOf(context, facts).map(({ service, open, facts: hostFacts }) =>
    planDestroy(open, hostFacts, { environment, service, data }),
  );
}

/** Stops and removes the selection, one after the other under its locks, and says of each when it is gone. */
export async function destroyServices(
  context: Context,
  { data = false, lockTimeout }: FlagsOf<'destroy'>,
  confirmedName: string | undefined,
): Promise<void> {
  const { call, hosts, releases } = context;
  const { environment, terminal } = call;
  const facts = await collectAllFacts(hosts, releases);
  refuseHeld(environment, facts);
  const lock = lockOptions(call, 'destroy', await readCommit(call.root), lockTimeout);
  await withLocks(hosts, releases, lock, terminal, async (locks) => {
    for (const { service, stackDirectory, open, facts: hostFacts } of placesOf(context, facts)) {
      const host = open.host.name;
      const options = { environment, service, data, confirmedName };
      await destroyService(open, hostFacts, options, locks.fence(host, stackDirectory));
      terminal.out(
        `${service} is removed from ${host}; its data ${data ? 'is removed, too' : 'stays'}`,
      );
    }
  });
}

function placesOf(
  { hosts, releases }: Pick<Context, 'hosts' | 'releases'>,
  facts: readonly HostFacts[],
): Place[] {
  return releases.flatMap(({ service, host, stackDirectory }) => {
    const open = hosts.find((candidate) => candidate.host.name === host);
    const fact = facts.find((hostFacts) => hostFacts.host === host);
    return open === undefined || fact === undefined
      ? []
      : [{ service, stackDirectory, open, facts: fact }];
  });
}

function refuseHeld(environment: string, facts: readonly HostFacts[]): void {
  throwAll(
    facts.flatMap(({ host, hold }) =>
      hold === undefined
        ? []
        : new StackError(`${hold.who} holds it since ${hold.when}: ${hold.why}`, {
            where: { host },
            fix: `ask them, or ${nxRun(environment, 'stack:unhold')}`,
            exitCode: exitCodes.locked,
          }),
    ),
  );
}
