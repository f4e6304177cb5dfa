import { badInput, throwAll, type Release, type Secret } from '@ai-stack/core';
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
  const { environments, generated } = resolveSecrets(consumed, {
    provided: options.provided,
    random: options.random,
    envFiles: (service, host) => {
      const seen = facts.find((one) => one.host === host);
      if (seen === undefined) return undefined;
      return envOf(seen, service) ?? leftBehind(facts, service, options) ?? new Map();
    },
  });
  const homeless = generated.filter(
    (made) => !options.releases.some(({ service }) => service === made.service),
  );
  throwAll(homeless.map(({ service, key }) => mintedElsewhere(service, key, options.releases)));
  return ({ service, host }) => environments.get(`${service}@${host}`) ?? new Map();
}

function envOf({ host, services }: HostFacts, service: string): EnvFile | undefined {
  const env = services[service]?.env;
  return env === undefined
    ? undefined
    : parseEnvFile(env.reveal(), `.env of ${service} on ${host}`);
}

/** A service that moved takes its secrets along: a new key would lock out those who were given the old one. */
function leftBehind(
  facts: readonly HostFacts[],
  service: string,
  { environmentReleases }: FindSecretsOptions,
): EnvFile | undefined {
  const releases = environmentReleases.filter((one) => one.service === service);
  const placedOn = releases.map(({ host }) => host);
  return facts
    .filter(({ host }) => !placedOn.includes(host))
    .filter(({ services }) => {
      const owner = services[service]?.current?.environment;
      return releases.some(({ environment }) => environment === owner);
    })
    .map((one) => envOf(one, service))
    .find((env) => env !== undefined);
}

/** The deployed releases, and what owns a secret of theirs: nobody else's missing value is our matter. */
function withOwners({ environmentReleases, releases }: FindSecretsOptions): Release[] {
  const names = new Set(releases.map(({ service }) => service));
  for (const name of names) {
    environmentReleases
      .filter(({ service }) => service === name)
      .flatMap(({ secrets }) => secrets)
      .forEach(({ source }) => source.kind === 'consumed' && names.add(source.service));
  }
  return environmentReleases
    .filter(({ service }) => names.has(service))
    .map((one) =>
      releases.some(({ service }) => service === one.service) ? one : owned(one, releases),
    );
}

/** Of an owner that is not deployed now, only the secrets that somebody consumes. */
function owned(owner: Release, releases: readonly Release[]): Release {
  const wanted = releases
    .flatMap(({ secrets }) => secrets)
    .flatMap(({ source }) =>
      source.kind === 'consumed' && source.service === owner.service ? [source.key] : [],
    );
  const secrets = owner.secrets.filter(
    ({ key, source }) => wanted.includes(key) || source.kind === 'consumed',
  );
  return { ...owner, secrets };
}

function mintedElsewhere(service: string, key: string, releases: readonly Release[]) {
  const names = [...new Set(releases.map((release) => release.service))].join(', ');
  return badInput(`${key} of ${service} does not exist yet, and ${names} needs it`, {
    where: { service },
    fix: `deploy ${service} first, or all together with stack:deploy`,
  });
}
