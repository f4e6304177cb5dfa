import { flattenErrors, throwAll, type Host, type Release, type StackError } from '@ai-stack/core';
import type { Engine } from '@ai-stack/docker';
import { openPatientGate, type Connection } from '@ai-stack/ssh';
import { collectHostDetails, collectHostFacts } from './collect';
import type { HostFacts } from './host-facts';
import type { UnreachableHost } from './unreachable';

/** Hosts that are asked at once: each costs this machine two processes for a moment. */
const atOnce = 16;
const momentMs = 3_000;

/** A host of the inventory with the two ways to it. */
export interface OpenHost {
  host: Host;
  connection: Connection;
  engine: Engine;
}

/** Facts of all hosts in parallel, with the texts of all files if wanted; all errors together. Changes nothing. */
export async function collectAllFacts(
  hosts: readonly OpenHost[],
  releases: readonly Release[],
  withTexts = false,
): Promise<HostFacts[]> {
  return together(hosts, askFacts(releases, withTexts));
}

/** The same, but a host that cannot be asked does not take the others' facts away. Changes nothing. */
export async function collectReachableFacts(
  hosts: readonly OpenHost[],
  releases: readonly Release[],
  now: Date,
  withTexts = false,
): Promise<{ facts: HostFacts[]; unreachable: UnreachableHost[] }> {
  const results = await settle(hosts, askFacts(releases, withTexts));
  return {
    facts: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    // It was reached: the login worked.
    unreachable: errorsByHost(hosts, results).map(([host, errors]) => ({
      host,
      errors,
      lastSeen: now.toISOString(),
    })),
  };
}

function askFacts(releases: readonly Release[], withTexts: boolean) {
  return ({ host, connection, engine }: OpenHost): Promise<HostFacts> =>
    collectHostFacts(connection, engine, {
      stackRoot: host.stackRoot,
      dataRoot: host.dataRoot,
      releases: releases.filter((release) => release.host === host.name),
      withTexts,
    });
}

/** The same facts with Compose's version and the GPUs of those hosts on which something is to be done. */
export async function collectDetails(
  hosts: readonly OpenHost[],
  facts: readonly HostFacts[],
  busyHosts: ReadonlySet<string>,
): Promise<HostFacts[]> {
  const busy = hosts.filter(({ host }) => busyHosts.has(host.name));
  const details = await together(busy, async ({ host, connection }) => ({
    host: host.name,
    details: await collectHostDetails(connection),
  }));
  return facts.map((hostFacts) => ({
    ...hostFacts,
    details: details.find(({ host }) => host === hostFacts.host)?.details ?? hostFacts.details,
  }));
}

async function together<Result>(
  hosts: readonly OpenHost[],
  ask: (host: OpenHost) => Promise<Result>,
): Promise<Result[]> {
  const results = await settle(hosts, ask);
  const errors = errorsByHost(hosts, results).flatMap(([, found]) => found);
  throwAll(errors, `${errors.length} errors while asking ${hosts.length} hosts`);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function settle<Result>(
  hosts: readonly OpenHost[],
  ask: (host: OpenHost) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const gate = openPatientGate(atOnce, momentMs);
  return Promise.allSettled(hosts.map((host) => gate(() => ask(host))));
}

function errorsByHost(
  hosts: readonly OpenHost[],
  results: readonly PromiseSettledResult<unknown>[],
): [host: string, errors: StackError[]][] {
  return results.flatMap((result, at): [string, StackError[]][] => {
    const name = hosts[at]?.host.name;
    if (result.status === 'fulfilled' || name === undefined) return [];
    return [[name, flattenErrors(result.reason, { host: name })]];
  });
}
