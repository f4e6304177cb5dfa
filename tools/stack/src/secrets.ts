import { randomBytes } from 'node:crypto';
import { badInput, throwAll, type Release, type Secret } from '@ai-stack/core';
import type { HostFacts, SecretsOf } from '@ai-stack/deploy';
import { parseEnvFile, readProvided, resolveSecrets, type EnvFile } from '@ai-stack/secrets';
import type { Stack, Variables } from './stack';

/** Resolves the secrets of some releases from what the hosts have; throws StackErrors for what is missing. */
export async function resolveFrom(
  stack: Stack,
  variables: Variables,
  releases: readonly Release[],
  facts: readonly HostFacts[],
): Promise<SecretsOf> {
  const provided = await readProvided(stack.root, stack.environment, variables);
  const { environments, generated } = resolveSecrets(releasesWithOwners(stack, releases), {
    envFiles: (service, host) => envFileOf(facts, service, host),
    provided,
    random: randomBytes,
  });
  refuseForeignGenerated(generated, releases);
  return (release) =>
    environments.get(`${release.service}@${release.host}`) ?? new Map<string, Secret>();
}

/** A value made up for a service that is not deployed now would be lost, and the next deploy would make another. */
function refuseForeignGenerated(
  generated: readonly { service: string; host: string; key: string }[],
  releases: readonly Release[],
): void {
  const isSelected = (service: string) => releases.some((release) => release.service === service);
  const foreign = generated.filter(({ service }) => !isSelected(service));
  throwAll(
    foreign.map(({ service, host, key }) =>
      badInput(`${key} is needed, and its owner ${service} has none yet`, {
        where: { service, host },
        fix: `deploy ${service} first, or both together: nx run-many -t deploy -p ${service},...`,
      }),
    ),
  );
}

/** Secrets are asked of their owners, so the owners' releases are resolved along with the selected ones. */
function releasesWithOwners(stack: Stack, releases: readonly Release[]): Release[] {
  const owners = releases
    .flatMap((release) => release.secrets)
    .flatMap(({ source }) => (source.kind === 'consumed' ? [source.service] : []));
  return stack.releases.filter(
    (release) => releases.includes(release) || owners.includes(release.service),
  );
}

function envFileOf(
  facts: readonly HostFacts[],
  service: string,
  host: string,
): EnvFile | undefined {
  const seen = facts.find((one) => one.host === host);
  if (seen === undefined) return undefined;
  return parseEnvFile(seen.services[service]?.env?.reveal() ?? '');
}

/** The secrets as the owners' hosts hold them now, for probes that need a key; undefined where there is none. */
export function secretsOnHosts(
  stack: Stack,
  facts: readonly HostFacts[],
): (service: string, key: string) => Secret | undefined {
  return (service, key) => {
    const hosts = stack.environment.hosts.filter((host) => host.services.includes(service));
    const found = hosts.map((host) => envFileOf(facts, service, host.name)?.get(key));
    return found.find((secret) => secret !== undefined);
  };
}
