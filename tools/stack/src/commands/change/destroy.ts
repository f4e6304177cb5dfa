import { createInterface } from 'node:readline/promises';
import { badInput, exitCodes, nxRun, StackError, throwAll, type Release } from '@ai-stack/core';
import {
  collectAllFacts,
  destroyService,
  holdLocks,
  planDestroy,
  type DestroyPlan,
  type HostFacts,
} from '@ai-stack/deploy';
import { readCommit } from '../../context/author';
import { announce, verboseLog, type Call } from '../../context/call';
import { lockOptions } from '../../context/lock-options';
import { openHosts } from '../../context/plan-options';
import { withSession } from '../../context/session';
import { readStack, selectReleases, type Stack } from '../../context/stack';

interface Flags {
  dryRun?: boolean;
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
  const isDry = flags.dryRun === true;
  for (const text of neededBy(stack, call.services)) call.terminal.err(text);
  const confirmedName =
    data && !isDry ? (flags.confirm ?? (await askName(call, releases))) : undefined;
  const names = new Set(releases.map(({ host }) => host));
  const required = stack.environment.hosts.filter(({ name }) => names.has(name));
  await withSession(call, { required, log: verboseLog(call) }, async (session) => {
    const open = openHosts(stack, session);
    const facts = await collectAllFacts(open, releases);
    if (isDry) {
      const plans = releases.flatMap(({ service, host }) => {
        const one = open.find((candidate) => candidate.host.name === host);
        const seen = facts.find((candidate) => candidate.host === host);
        const options = { environment: call.environment, service, data };
        return one === undefined || seen === undefined ? [] : [planDestroy(one, seen, options)];
      });
      const text = plans.map(formatDestroy).join('\n');
      call.terminal.out(call.json ? JSON.stringify(plans, null, 2) : text);
      return;
    }
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

/** A line for each service that others need, which go on without it, and not well. Pure. */
export function neededBy(
  { order, environment }: Pick<Stack, 'order' | 'environment'>,
  services: readonly string[],
): string[] {
  const isPlaced = (name: string) => environment.hosts.some((host) => host.services.includes(name));
  return services.flatMap((service) => {
    const users = order
      .filter(
        ({ name, needs }) =>
          !services.includes(name) && needs.some((one) => one.service === service),
      )
      .map(({ name }) => name)
      .filter(isPlaced);
    return users.length === 0 ? [] : [`${service} is needed by ${users.join(', ')}`];
  });
}

/** What would go, as text. Pure. */
export function formatDestroy({ service, host, containers, files, data }: DestroyPlan): string {
  const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));
  return [
    `${service} on ${host} would go:`,
    `  containers: ${list(containers)}`,
    `  files: ${list(files)}`,
    `  data: ${data.length === 0 ? 'stays' : data.join(', ')}`,
  ].join('\n');
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
