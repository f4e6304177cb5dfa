import type { Blocked, Release } from '@ai-stack/core';
import { labels } from '@ai-stack/core';
import type { ContainerFact } from '@ai-stack/docker';
import type { GuardContext } from './guard';
import type { HostFacts } from '../../facts/host-facts';
import { ownContainers } from '../../facts/own-containers';

/** A hand-made stack is never run beside ours. */
export function handMadeStack(
  _release: Release,
  facts: HostFacts,
  context: GuardContext,
): Blocked[] {
  if (!facts.hasHandMadeStack) return [];
  return [
    {
      guard: null,
      reason: `a hand-made stack stands in ${context.stackRoot} on ${facts.host}`,
      fix: `stop it (docker compose down in ${context.stackRoot}) and move its compose file away; data stays`,
    },
  ];
}

/** Containers of this project that were made for another environment. */
export function otherEnvironment(release: Release, facts: HostFacts): Blocked[] {
  const seen = [
    facts.services[release.service]?.current?.environment,
    ...ownContainers(release, facts).map((one) => one.labels[labels.environment]),
  ];
  const others = [...new Set(seen)].filter(
    (name) => name !== undefined && name !== release.environment,
  );
  return others.map((other) => ({
    guard: 'other-environment',
    reason: `${release.service} on ${facts.host} belongs to the environment ${other ?? ''}`,
    fix: `deploy ${other ?? ''}, or check the address of ${facts.host} in ${release.environment}`,
  }));
}

/** Containers that we did not make and that hold our name, our data or our router names. Data is only asked about
 *  before the first deploy: later a backup may well mount it. */
export function foreignContainers(release: Release, facts: HostFacts): Blocked[] {
  const isDeployed = facts.services[release.service]?.current !== undefined;
  const foreign = facts.engine.containers.filter((one) => one.labels[labels.service] === undefined);
  return foreign.flatMap((container) => {
    const claim = claimOnName(container, release) ?? claimOnRouter(container, release);
    const dataClaim = isDeployed ? undefined : claimOnData(container, release);
    if (claim === undefined && dataClaim === undefined) return [];
    const reason = `the container ${container.name} on ${facts.host}, not made by ai-stack, ${claim ?? dataClaim ?? ''}`;
    const fix = `remove it (docker rm -f ${container.name}); its bind-mounted data stays on the host`;
    return [{ guard: isDeployed ? 'foreign-container' : null, reason, fix }];
  });
}

function claimOnName(container: ContainerFact, release: Release): string | undefined {
  if (container.project === release.project) return `is in the project ${release.project}`;
  const names = release.containers.map(({ name }) => `${release.project}-${name}-1`);
  return names.includes(container.name) ? 'has the name of one of its containers' : undefined;
}

function claimOnData(container: ContainerFact, release: Release): string | undefined {
  const paths = release.directories.map(({ path }) => path);
  const mount = container.mountSources.find((source) =>
    paths.some((path) => source === path || source.startsWith(`${path}/`)),
  );
  return mount && `mounts ${mount}`;
}

function claimOnRouter(container: ContainerFact, release: Release): string | undefined {
  const declared = Object.keys(container.labels).map(
    (label) => /^traefik\.http\.routers\.([^.]+)\./i.exec(label)?.[1],
  );
  const router = release.routers.find((name) => declared.includes(name));
  return router && `declares the router ${router}`;
}
