import type { Action, Plan } from '@ai-stack/core';
import { labels } from '@ai-stack/core';
import type { HostFacts } from './host-facts';

/** Plans for what the inventory no longer places on a host: containers go, data and `.env` stay. Pure. */
export function planOrphans(
  environment: string,
  placed: readonly { name: string; services: readonly string[] }[],
  facts: HostFacts,
): Plan[] {
  const wanted = placed.find((host) => host.name === facts.host)?.services ?? [];
  const ours = facts.engine.containers.filter(
    (one) => one.labels[labels.environment] === environment,
  );
  const recorded = Object.entries(facts.services)
    .filter(([, service]) => service.current?.environment === environment)
    .map(([name]) => name);
  const seen = [...recorded, ...ours.map((one) => one.labels[labels.service] ?? '')];
  const orphans = [...new Set(seen)].filter((name) => name !== '' && !wanted.includes(name)).sort();
  return orphans.map((service) => ({
    version: 1,
    environment,
    host: facts.host,
    service,
    release: facts.services[service]?.current?.release ?? 'none',
    actions: [
      ...ours
        .filter((one) => one.labels[labels.service] === service)
        .map(({ name }) => remove('container', name, facts.host)),
      ...(recorded.includes(service)
        ? [remove('release', facts.services[service]?.current?.release ?? 'none', facts.host)]
        : []),
    ],
    blocked: [],
  }));
}

function remove(kind: Action['kind'], target: string, host: string): Action {
  const reason = `the inventory no longer places it on ${host}; its data stays`;
  return { kind, verb: 'remove', target, reason };
}
