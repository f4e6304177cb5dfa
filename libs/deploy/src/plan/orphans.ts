import type { Action, Blocked, Plan, Release } from '@ai-stack/core';
import { labels } from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';
import type { Outcome } from '../progress';
import { allNeeds } from '../run-in-order';

interface Placement {
  name: string;
  services: readonly string[];
}

/** Plans for what the inventory no longer places on a host: containers go, data and `.env` stay. Pure. */
export function planOrphans(
  environment: string,
  placed: readonly Placement[],
  facts: HostFacts,
): Plan[] {
  const wanted = placed.find((host) => host.name === facts.host)?.services ?? [];
  const ours = facts.engine.containers.filter(
    (container) => container.labels[labels.environment] === environment,
  );
  const recorded = Object.entries(facts.services)
    .filter(([, service]) => service.current?.environment === environment)
    .map(([name]) => name);
  const deployedNames = [...recorded, ...ours.map((fact) => fact.labels[labels.service] ?? '')];
  const orphans = [...new Set(deployedNames)]
    .filter((name) => name !== '' && !wanted.includes(name))
    .sort();
  return orphans.map((service) => ({
    version: 1,
    environment,
    host: facts.host,
    service,
    release: facts.services[service]?.current?.release ?? 'none',
    actions: [
      ...ours
        .filter((fact) => fact.labels[labels.service] === service)
        .map(({ name }) => remove('container', name, facts.host)),
      ...(recorded.includes(service)
        ? [remove('release', facts.services[service]?.current?.release ?? 'none', facts.host)]
        : []),
    ],
    blocked: [],
    isDrift: false,
  }));
}

/** Whether a service runs, or is deployed now, on every host where it is placed: only then the old one may go. Pure. */
export function hasNewHome(
  orphan: Plan,
  placed: readonly Placement[],
  releases: readonly Release[],
  facts: readonly HostFacts[],
): boolean {
  const { service, environment } = orphan;
  return placed
    .filter(({ services }) => services.includes(service))
    .every(
      ({ name }) =>
        releases.some((release) => release.service === service && release.host === name) ||
        facts.some(
          (hostFacts) =>
            hostFacts.host === name &&
            hostFacts.services[service]?.current?.environment === environment,
        ),
    );
}

/** An inventory that lost its hosts or services by mistake must not remove the stack. Pure. */
export function refuseMost(orphan: Plan, all: readonly Plan[], facts: readonly HostFacts[]): Plan {
  const { environment } = orphan;
  const present = facts.flatMap((host) =>
    Object.values(host.services).filter(({ current }) => current?.environment === environment),
  ).length;
  if (all.length < 2 || all.length * 2 < present) return orphan;
  const blocked: Blocked = {
    guard: 'removes-most',
    reason: `${all.length} of the ${present} services that run would be removed: ${all.map(({ service, host }) => `${service} on ${host}`).join(', ')}`,
    fix: "look at services: in the hosts' files",
  };
  return { ...orphan, blocked: [...orphan.blocked, blocked] };
}

/** The orphans that nobody uses any more: not those of a service that stopped, nor of one that a stopped one needs. */
export function removableOrphans(
  orphans: readonly Plan[],
  outcomes: readonly Outcome[],
  needs: Readonly<Record<string, readonly string[]>>,
): Plan[] {
  const stopped = outcomes.filter(({ state }) => state === 'failed' || state === 'skipped');
  return orphans.filter((orphan) =>
    stopped.every(
      ({ service }) => service !== orphan.service && !allNeeds(service, needs).has(orphan.service),
    ),
  );
}

function remove(kind: Action['kind'], target: string, host: string): Action {
  const reason = `the inventory no longer places it on ${host}; its data stays`;
  return { kind, verb: 'remove', target, reason };
}
