import type { Host, Release } from '@ai-stack/core';
import type { OpenHost, PlanOptions } from '@ai-stack/deploy';
import { readEarlyHosts } from '@ai-stack/inventory';
import { refuseMissingCaFile } from './ca-file';
import { announce, verboseLog, type Call } from './call';
import { refuseHiddenRecords } from '../preflight/hidden-records';
import { refuseLostHosts } from '../preflight/lost-hosts';
import { resolveFrom } from './secrets';
import { refuseTrackedSecrets } from './secrets-file';
import { beginLogins, hostsConcerned, type Logins, type Session } from './session';
import { readStack, selectReleases, type Stack } from './stack';
import { refuseUnresolvedNames } from '../preflight/unresolved-names';

/** The hosts of a session with the two ways to each. */
export function openHosts(stack: Stack, session: Session): OpenHost[] {
  return stack.environment.hosts.flatMap((host) => {
    const connection = session.connections.get(host.name);
    const engine = session.engines.get(host.name);
    return connection === undefined || engine === undefined ? [] : [{ host, connection, engine }];
  });
}

/** What plan and deploy of a selection have in common. */
export function planOptions(
  call: Call,
  stack: Stack,
  releases: readonly Release[],
  session: Session,
  allow: readonly string[],
): PlanOptions {
  return {
    environment: stack.environment.name,
    hosts: openHosts(stack, session),
    releases,
    releasesOnHosts: stack.releases,
    placed: stack.environment.hosts,
    orphansOf: call.services.length === 0 ? 'all' : call.services,
    orphansOn: call.hosts.length === 0 ? undefined : call.hosts,
    unreachable: session.unreachable,
    required: sessionHosts(call, stack, releases).required.map(({ name }) => name),
    resolveSecrets: (facts, planned) => resolveFrom(stack, call.variables, planned, facts),
    preflight: preflightOf(call, stack, session),
    allow,
    clock: () => new Date(),
  };
}

/** What only somebody else can say: the upstream resolvers, and git. */
function preflightOf(call: Call, stack: Stack, session: Session): PlanOptions['preflight'] {
  const checks = [
    refuseHiddenRecords(stack.environment, session, call.terminal.err),
    refuseUnresolvedNames(stack.environment, session),
    refuseLostHosts(call, call.terminal.err),
  ];
  return async (busy, facts) =>
    (await Promise.all(checks.map((check) => check(busy, facts)))).flat();
}

/** What a command works on, once all of it was read. */
export interface Selected {
  stack: Stack;
  releases: Release[];
  /** To every host of the environment. */
  logins: Logins;
}

/**
 * Logs in to all hosts while the rest of the environment is read and rendered, then says what was selected and hands it
 * to `use`. Nothing is asked of a host before all of the environment was found right; the logins end whatever happens.
 */
export async function withSelected<Result>(
  call: Call,
  use: (selected: Selected) => Promise<Result>,
): Promise<Result> {
  const known = readEarlyHosts(call.root, call.environment, { variables: call.variables });
  const logins = beginLogins(call, known.hosts, verboseLog(call));
  try {
    const stack = await readStack(call.root, call.environment, call.variables, known);
    refuseMissingCaFile(stack);
    await refuseTrackedSecrets(stack);
    const releases = selectReleases(stack, call);
    announce(call, stack, releases);
    return await use({ stack, releases, logins });
  } finally {
    await logins.close();
  }
}

/** The same hosts, but where one does not answer, the others are looked at all the same; the plan says what is missing. */
export function lenientHosts(stack: Stack): { required: Host[]; wanted: Host[] } {
  return { required: [], wanted: stack.environment.hosts };
}

/** All hosts for the whole stack; for some services those that they need, and the others where they answer. */
export function sessionHosts(
  call: Call,
  stack: Stack,
  releases: readonly Release[],
): { required: Host[]; wanted: Host[] } {
  const isWhole = call.services.length === 0 && call.hosts.length === 0;
  const all = stack.environment.hosts;
  return { required: isWhole ? all : hostsConcerned(stack, releases), wanted: all };
}
