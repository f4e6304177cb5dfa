import { randomBytes } from 'node:crypto';
import type { Release, Secret } from '@ai-stack/core';
import {
  findSecrets,
  secretsOutOfReach,
  type HostFacts,
  type ResolvedForPlan,
} from '@ai-stack/deploy';
import { parseEnvFile, readProvided } from '@ai-stack/secrets';
import type { Stack, Variables } from './stack';

/**
 * Resolves the secrets of some releases from what the hosts have; throws StackErrors for what is missing. For an owner
 * that did not answer stands what its consumers hold, which the plan says, and which is never applied.
 */
export async function resolveFrom(
  stack: Stack,
  variables: Variables,
  releases: readonly Release[],
  facts: readonly HostFacts[],
): Promise<ResolvedForPlan> {
  const provided = await readProvided(stack.root, stack.environment, variables);
  const environmentReleases = stack.releases;
  const { secrets, assumed } = secretsOutOfReach(facts, {
    environmentReleases,
    releases,
    provided,
  });
  const isKnown = ({ service, host }: Release) =>
    !secrets.some((one) => one.service === service && one.host === host && !one.isHeld);
  const secretsOf = findSecrets(facts, {
    environmentReleases,
    releases: releases.filter(isKnown),
    provided,
    assumed,
    random: randomBytes,
  });
  return { secretsOf, outOfReach: secrets };
}

/** The secrets as the owners' hosts hold them now, for probes that need a key; undefined where there is none. */
export function secretsOnHosts(
  stack: Stack,
  facts: readonly HostFacts[],
): (service: string, key: string) => Secret | undefined {
  const values = (service: string, host: string) => {
    const env = facts.find((one) => one.host === host)?.services[service]?.env;
    return env === undefined ? undefined : parseEnvFile(env.reveal());
  };
  return (service, key) =>
    stack.environment.hosts
      .filter((host) => host.services.includes(service))
      .map((host) => values(service, host.name)?.get(key))
      .find((secret) => secret !== undefined);
}
