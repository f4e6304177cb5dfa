import type { Host, Release } from '@ai-stack/core';
import { hostsConcerned } from '../context/session';
import type { Stack } from '../context/stack';
import type { HostChoice, Scope } from './on-stack';

/** The hosts of the selection; all of them must answer. */
export function selectedHosts(scope: Scope): HostChoice {
  return { required: placedOn(scope) };
}

/** The hosts of the selection; one that does not answer takes nothing from the others. */
export function selectedWhereReached(scope: Scope): HostChoice {
  return { required: [], wanted: placedOn(scope) };
}

/** All hosts; one that does not answer takes nothing from the others. */
export function allWhereReached({ stack }: Pick<Scope, 'stack'>): HostChoice {
  return { required: [], wanted: stack.environment.hosts };
}

/** All hosts for the whole stack; for some services those that they need, and the others where they answer. */
export function hostsInNeed({ call, stack, releases }: Scope): Required<HostChoice> {
  const isWhole = call.services.length === 0 && call.hosts.length === 0;
  const all = stack.environment.hosts;
  return { required: isWhole ? all : hostsConcerned(stack, releases), wanted: all };
}

function placedOn({ stack, releases }: { stack: Stack; releases: readonly Release[] }): Host[] {
  const names = new Set(releases.map(({ host }) => host));
  return stack.environment.hosts.filter(({ name }) => names.has(name));
}
