import { badInput, throwAll, type Release, type Secret, type SecretSpec } from '@ai-stack/core';
import { parseEnvFile, resolveSecrets, type EnvFile } from '@ai-stack/secrets';
import type { HostFacts } from './host-facts';

/** The secrets of one release, resolved. */
export type SecretsOf = (release: Release) => ReadonlyMap<string, Secret>;

export interface FindSecretsOptions {
  /** All releases of the environment: owners are found among them. */
  environmentReleases: readonly Release[];
  /** Those that are being deployed: only their owners may be given a new value. */
  releases: readonly Release[];
  provided: ReadonlyMap<string, Secret>;
  random: (bytes: number) => Buffer;
}

/** Resolves all secrets from the `.env` files that the hosts hold. Throws StackErrors, also where a release would get
 *  a value that its owner does not have yet. */
export function findSecrets(facts: readonly HostFacts[], options: FindSecretsOptions): SecretsOf {
  const consumed = withOwners(options);
  const environments = [...new Set(consumed.map(({ environment }) => environment))];
  const resolved = resolveSecrets(consumed, {
    provided: options.provided,
    random: options.random,
    envFiles: (service, host) => {
      const seen = facts.find((one) => one.host === host);
      if (seen === undefined) return undefined;
      const own = envOf(seen, service);
      if (seen.services[service]?.current !== undefined) return own ?? new Map();
      return envOfRunning(facts, service, environments) ?? own ?? new Map();
    },
  });
  const homeless = resolved.generated.filter(
    (made) => !options.releases.some(({ service }) => service === made.service),
  );
  throwAll(homeless.map(({ service, key }) => mintedElsewhere(service, key, options.releases)));
  return ({ service, host }) => resolved.environments.get(`${service}@${host}`) ?? new Map();
}

function envOf({ host, services }: HostFacts, service: string): EnvFile | undefined {
  const env = services[service]?.env;
  return env === undefined
    ? undefined
    : parseEnvFile(env.reveal(), `.env of ${service} on ${host}`);
}

/**
 * For a host on which the service does not stand yet: the `.env` of one where it does, for a new key would lock out those
 * who were given the old one. What an earlier stay left on the host counts only when it stands nowhere.
 */
function envOfRunning(
  facts: readonly HostFacts[],
  service: string,
  environments: readonly string[],
): EnvFile | undefined {
  return facts
    .filter(({ services }) => environments.includes(services[service]?.current?.environment ?? ''))
    .map((one) => envOf(one, service))
    .find((env) => env !== undefined);
}

/** The deployed releases, and of each owner only the secrets that these consume, itself or through another. */
function withOwners({ environmentReleases, releases }: FindSecretsOptions): Release[] {
  const isDeployed = ({ service }: Release) => releases.some((one) => one.service === service);
  const deployed = environmentReleases.filter(isDeployed);
  const wanted = new Set<string>();
  const follow = ({ source }: SecretSpec): void => {
    if (source.kind !== 'consumed' || wanted.has(nameOf(source))) return;
    wanted.add(nameOf(source));
    environmentReleases
      .filter(({ service }) => service === source.service)
      .flatMap(({ secrets }) => secrets.filter(({ key }) => key === source.key))
      .forEach(follow);
  };
  deployed.flatMap(({ secrets }) => secrets).forEach(follow);
  const owners = environmentReleases
    .filter((one) => !isDeployed(one))
    .map((one) => ({
      ...one,
      secrets: one.secrets.filter(({ key }) => wanted.has(nameOf({ service: one.service, key }))),
    }));
  return [...deployed, ...owners];
}

function nameOf({ service, key }: { service: string; key: string }): string {
  return `${service} ${key}`;
}

function mintedElsewhere(service: string, key: string, releases: readonly Release[]) {
  const names = [...new Set(releases.map((release) => release.service))].join(', ');
  return badInput(`${key} of ${service} does not exist yet, and ${names} needs it`, {
    where: { service },
    fix: `deploy ${service} first, or all together with stack:deploy`,
  });
}
