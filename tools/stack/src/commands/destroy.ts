import { createInterface } from 'node:readline/promises';
import { badInput, exitCodes, nxRun, StackError, throwAll, type Release } from '@ai-stack/core';
import { collectAllFacts, destroyService, holdLocks, type HostFacts } from '@ai-stack/deploy';
import { readCommit } from '../author';
import { announce, verboseLog, type Call } from '../call';
import { lockOptions } from '../lock-options';
import { openHosts } from '../plan-options';
import { withSession } from '../session';
import { readStack, selectReleases } from '../stack';

interface Flags {
  data?: boolean;
  confirm?: string;
  lockTimeout?: number;
}

/** Stops and removes the named services; their data stays unless --data and the name are given. */
export async function runDestroy(call: Call, flags: Flags): Promise<undefined> {
  if (call.services.length === 0) {
    throw badInput('destroy wants the services by name', {
      fix: nxRun(call.environment, '<service>:destroy'),
    });
  }
  if (flags.data === true && call.services.length > 1) {
    throw badInput('data is removed of one service at a time', { fix: 'name one service' });
  }
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call).reverse();
  announce(call, stack, releases);
  const data = flags.data ?? false;
  const confirmedName = data ? (flags.confirm ?? (await askName(call, releases))) : undefined;
  const names = new Set(releases.map(({ host }) => host));
  const required = stack.environment.hosts.filter(({ name }) => names.has(name));
  await withSession(call, { required, log: verboseLog(call) }, async (session) => {
    const open = openHosts(stack, session);
    const facts = await collectAllFacts(open, releases);
    refuseHeld(call.environment, facts);
    const commit = await readCommit(call.root);
    const targets = open.map(({ host, connection }) => ({
      connection,
      folders: releases
        .filter((release) => release.host === host.name)
        .map(({ stackDirectory }) => stackDirectory),
    }));
    const locks = await holdLocks(targets, {
      ...lockOptions(call, 'destroy', commit, flags.lockTimeout),
      onBusy: (host, text) => call.terminal.err(`${host}: ${text}`),
    });
    try {
      for (const { service, host, stackDirectory } of releases) {
        const one = open.find((candidate) => candidate.host.name === host);
        const seen = facts.find((candidate) => candidate.host === host);
        if (one === undefined || seen === undefined) continue;
        const fence = locks.fence(host, stackDirectory);
        const options = { environment: call.environment, service, data, confirmedName };
        await destroyService(one, seen, options, fence);
        call.terminal.out(`${service} is gone from ${host}; its data ${data ? 'too' : 'stays'}`);
      }
    } finally {
      await locks.release();
    }
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

async function askName(call: Call, releases: readonly Release[]): Promise<string | undefined> {
  if (!call.terminal.interactive) return undefined;
  const service = releases[0]?.service ?? '';
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`All data of ${service} goes. Type its name to confirm: `)).trim();
  } finally {
    lines.close();
  }
}
