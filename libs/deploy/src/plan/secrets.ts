import { badInput, throwAll, type Release, type Secret, type SecretSpec } from '@ai-stack/core';
import { parseEnvFile, resolveSecrets, type EnvFile } from '@ai-stack/secrets';
import type { HostFacts } from '../facts/host-facts';

/** The secrets of one release, resolved. */
export type SecretsOf = (release: Release) => ReadonlyMap<string, Secret>;

interface FindSecretsOptions {
  /** All releases of the environment: owners are found among them. */
  environmentReleases: readonly Release[];
  /** Those that are being deployed: only their owners may be given a new value. */
  releases: readonly Release[];
  provided: ReadonlyMap<string, Secret>;
  random: (bytes: number) => Buffer;
  /** What stands for the secrets of hosts that did not answer, by `service key`; only for a plan that is not applied. */
  assumed?: ReadonlyMap<string, Secret>;
}

/** A secret whose owner did not answer. */
export interface SecretOutOfReach {
  service: string;
  host: string;
  key: string;
  /** The service that owns it, and its hosts that did not answer. */
  owner: string;
  ownerHosts: string[];
  /** Whether the host of its consumer holds a value, with which it can be planned. */
  isHeld: boolean;
}

/** Secrets, with those of which nothing is known because their owner did not answer. */
interface SecretsForPlan {
  /** Only of releases that have no unknown secret. */
  secretsOf: SecretsOf;
  outOfReach: readonly SecretOutOfReach[];
}

/**
 * Resolves the secrets of some releases from what the hosts have; throws StackErrors for what is missing. For an owner
 * that did not answer stands what its consumers hold, which the plan says, and which is never applied.
 */
export function findSecretsForPlan(
  facts: readonly HostFacts[],
  options: Omit<FindSecretsOptions, 'assumed'>,
): SecretsForPlan {
  const { secrets: outOfReach, assumed } = secretsOutOfReach(facts, options);
  const isKnown = ({ service, host }: Release) =>
    !outOfReach.some((one) => one.service === service && one.host === host && !one.isHeld);
  const releases = options.releases.filter(isKnown);
  return { secretsOf: findSecrets(facts, { ...options, releases, assumed }), outOfReach };
}

/** Resolves all secrets from the `.env` files that the hosts hold. Throws StackErrors, also where a release would get
 *  a value that its owner does not have yet. */
function findSecrets(facts: readonly HostFacts[], options: FindSecretsOptions): SecretsOf {
  const consumed = withOwners(options);
  const environments = [...new Set(consumed.map(({ environment }) => environment))];
  const resolved = resolveSecrets(consumed, {
    provided: options.provided,
    random: options.random,
    envFiles: (service, host) => {
      const seen = facts.find((one) => one.host === host);
      if (seen === undefined) return assumedOf(service, options.assumed);
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

/**
 * The secrets of some releases whose owners did not answer, with what their consumers hold in the place of each. Pure.
 */
function secretsOutOfReach(
  facts: readonly HostFacts[],
  { environmentReleases, releases, provided }: Omit<FindSecretsOptions, 'random'>,
): { secrets: SecretOutOfReach[]; assumed: Map<string, Secret> } {
  const assumed = new Map<string, Secret>();
  const valueAt = (service: string, host: string, key: string): Secret | undefined => {
    const seen = facts.find((one) => one.host === host);
    const value = seen === undefined ? undefined : envOf(seen, service)?.get(key);
    return value?.reveal() === '' ? undefined : value;
  };
  const secrets = releases.flatMap(({ service, host, secrets }) =>
    secrets.flatMap((spec): SecretOutOfReach[] => {
      const own = ownerOf(service, spec, environmentReleases, []);
      if (own === undefined) return [];
      const homes = environmentReleases.filter((one) => one.service === own.service);
      const isRead = (name: string) => facts.some((one) => one.host === name);
      const ownerHosts = homes.map((one) => one.host).filter((name) => !isRead(name));
      const isGiven =
        own.spec.source.kind === 'provided' &&
        (own.spec.source.optional || (provided.get(own.spec.key)?.reveal() ?? '') !== '');
      const isFound = homes.some((one) => valueAt(own.service, one.host, own.spec.key));
      if (ownerHosts.length === 0 || isGiven || isFound) return [];
      const value = valueAt(service, host, spec.key);
      const name = nameOf({ service: own.service, key: own.spec.key });
      if (value !== undefined && !assumed.has(name)) assumed.set(name, value);
      const isHeld = value !== undefined;
      return [{ service, host, key: own.spec.key, owner: own.service, ownerHosts, isHeld }];
    }),
  );
  return { secrets, assumed };
}

/** The secret that a consumed one is in the end, with the service that owns it; undefined: nobody does. */
function ownerOf(
  service: string,
  spec: SecretSpec,
  releases: readonly Release[],
  path: readonly string[],
): { service: string; spec: SecretSpec } | undefined {
  const { source } = spec;
  if (source.kind !== 'consumed') return { service, spec };
  const name = nameOf(source);
  const next = releases
    .find((one) => one.service === source.service)
    ?.secrets.find(({ key }) => key === source.key);
  if (next === undefined || path.includes(name)) return undefined;
  return ownerOf(source.service, next, releases, [...path, name]);
}

/** undefined where nothing is assumed: then the host counts as not read, and no value is made. */
function assumedOf(
  service: string,
  assumed: ReadonlyMap<string, Secret> = new Map(),
): EnvFile | undefined {
  const own = [...assumed].filter(([name]) => name.startsWith(`${service} `));
  if (own.length === 0) return undefined;
  return new Map(own.map(([name, value]) => [name.slice(service.length + 1), value]));
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
