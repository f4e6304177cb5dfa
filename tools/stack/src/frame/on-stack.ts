import type { Host, Release } from '@ai-stack/core';
import type { OpenHost } from '@ai-stack/deploy';
import { readEarlyHosts, type EarlyHosts } from '@ai-stack/inventory';
import { announce, verboseLog, type Call } from '../context/call';
import { beginLogins, openHosts, withSession, type Logins, type Session } from '../context/session';
import { readStack, selectReleases, type Stack } from '../context/stack';
import type { CommandName } from '../options/declaration';
import type { FlagsOf } from '../options/flags';

/** What a command works on before a host is reached. */
export interface Scope {
  call: Call;
  stack: Stack;
  /** What was selected, in the order of needs. */
  releases: readonly Release[];
}

/** The same with a way to each host. */
export interface Context extends Scope {
  session: Session;
  /** The hosts that answered. */
  hosts: readonly OpenHost[];
}

/** Hosts without which the command makes no sense, and hosts that are looked at where they answer. */
export interface HostChoice {
  required: readonly Host[];
  wanted?: readonly Host[];
}

/** What a command on an environment fills in, in the order in which it happens. */
export interface OnStack<Name extends CommandName, Result, Before> {
  /** Refuses words that do not go together, before a file is read. */
  refuse?: (call: Call, flags: FlagsOf<Name>) => void;
  /** Whether the logins to all hosts begin while the environment is still read. */
  isEarly?: boolean;
  /** What goes on by itself, after the logins have begun and while the environment is read; in place of `before`. */
  begin?: (call: Call) => Before;
  /** Refuses an environment that was read. */
  checks?: readonly ((stack: Stack) => void | Promise<void>)[];
  /** The releases that are concerned; those that the words select unless given. */
  select?: (stack: Stack, call: Call) => Release[];
  /** Whether the line with environment, services and hosts is left out. */
  isSilent?: boolean;
  /** What is asked of a person, or begun, before a host is reached. */
  before?: (scope: Scope, flags: FlagsOf<Name>) => Before | Promise<Before>;
  /** The hosts to log in to; none without it. */
  hosts?: (scope: Scope) => HostChoice;
  run: (context: Context, flags: FlagsOf<Name>, before: Before) => Promise<Result>;
}

/**
 * The work of a command on an environment: reads and checks all of it, selects, says what was selected, logs in, runs.
 * Nothing is asked of a host before all of the environment was found right; the logins end whatever happens.
 */
export function onStack<Name extends CommandName, Result, Before = undefined>(
  parts: OnStack<Name, Result, Before>,
): (call: Call, flags: FlagsOf<Name>) => Promise<Result> {
  return async (call, flags) => {
    parts.refuse?.(call, flags);
    const early = parts.isEarly === true ? logInEarly(call) : undefined;
    try {
      const begun = parts.begin?.(call);
      const scope = await readScope(call, parts, early?.known);
      const before = (begun ?? (await parts.before?.(scope, flags))) as Before;
      const choice = { ...(parts.hosts?.(scope) ?? { required: [] }), log: verboseLog(call) };
      return await withSession(call, { ...choice, logins: early?.logins }, (session) => {
        const hosts = openHosts(scope.stack, session);
        return parts.run({ ...scope, session, hosts }, flags, before);
      });
    } finally {
      await early?.logins.close();
    }
  };
}

function logInEarly(call: Call): { known: EarlyHosts; logins: Logins } {
  const known = readEarlyHosts(call.root, call.environment, { variables: call.variables });
  return { known, logins: beginLogins(call, known.hosts, verboseLog(call)) };
}

async function readScope(
  call: Call,
  parts: Pick<OnStack<never, unknown, unknown>, 'checks' | 'select' | 'isSilent'>,
  known: EarlyHosts | undefined,
): Promise<Scope> {
  const { checks = [], select = selectReleases, isSilent = false } = parts;
  const stack = await readStack(call.root, call.environment, call.variables, known);
  for (const check of checks) await check(stack);
  const releases = select(stack, call);
  if (!isSilent) announce(call, stack, releases);
  return { call, stack, releases };
}
