import type { Release } from '@ai-stack/core';
import { labels } from '@ai-stack/core';
import type { ContainerFact } from '@ai-stack/docker';
import type { Guard } from './guard';
import { ownContainers } from '../../facts/own-containers';

/** A stack that was made by hand is never run next to ours. */
export const handMadeStack: Guard = {
  name: 'hand-made-stack',
  isOverridable: false,
  check: (_release, facts, context) => {
    if (!facts.hasHandMadeStack) return [];
    return [
      {
        reason: `${context.stackRoot} on ${facts.host} has a stack that was made by hand`,
        fix: `stop it (docker compose down in ${context.stackRoot}) and move its compose file away; data stays`,
      },
    ];
  },
};

/** Containers of this project that were made for another environment. */
export const otherEnvironment: Guard = {
  name: 'other-environment',
  isOverridable: true,
  check: (release, facts) => {
    const environments = [
      facts.services[release.service]?.current?.environment,
      ...ownContainers(release, facts).map((container) => container.labels[labels.environment]),
    ];
    const others = [...new Set(environments)].filter(
      (name) => name !== undefined && name !== release.environment,
    );
    return others.map((environment) => ({
      reason: `${release.service} on ${facts.host} belongs to the environment ${environment ?? ''}`,
      fix: `deploy ${environment ?? ''}, or check the address of ${facts.host} in ${release.environment}`,
    }));
  },
};

/**
 * Containers that we did not create and that use our name, our data or our router names. Data is only checked before
 * the first deploy: later a backup may mount it.
 */
export const foreignContainers: Guard = {
  name: 'foreign-container',
  isOverridable: true,
  check: (release, facts) => {
    const isDeployed = facts.services[release.service]?.current !== undefined;
    const foreign = facts.engine.containers.filter(
      (container) => container.labels[labels.service] === undefined,
    );
    return foreign.flatMap((container) => {
      const claim = claimOnName(container, release) ?? claimOnRouter(container, release);
      const dataClaim = isDeployed ? undefined : claimOnData(container, release);
      if (claim === undefined && dataClaim === undefined) return [];
      const reason = `the container ${container.name} on ${facts.host}, not made by ai-stack, ${claim ?? dataClaim ?? ''}`;
      const fix = `remove it (docker rm -f ${container.name}); its bind-mounted data stays on the host`;
      return [{ reason, fix, ...(!isDeployed && { isOverridable: false }) }];
    });
  },
};

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
