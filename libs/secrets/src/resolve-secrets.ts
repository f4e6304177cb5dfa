import { badInput, Secret, StackError, throwAll } from '@ai-stack/core';
import type { Release, SecretSpec } from '@ai-stack/core';
import type { EnvFile } from './env-file';

type Owned = Pick<Release, 'environment' | 'service' | 'host' | 'secrets'>;

interface SecretSources {
  /** The `.env` of a service on a host, empty where there is none; undefined: the host was not read. */
  envFiles: (service: string, host: string) => EnvFile | undefined;
  /** Values given by the operator. */
  provided: ReadonlyMap<string, Secret>;
  random: (bytes: number) => Buffer;
}

interface ResolvedSecrets {
  /** By `service@host`, then by key; an optional secret that nobody gave is absent. */
  environments: Map<string, Map<string, Secret>>;
  /** Values generated now, which are on no host yet. */
  generated: { service: string; host: string; key: string }[];
}

/** found: with the value; absent: optional and not given; failed: its error is reported already. */
type Outcome = { found: Secret; isNew: boolean } | 'absent' | 'failed';

/**
 * Finds the value of every secret. The owner's `.env` on its host is the truth, for the owner and for its consumers; a
 * value is generated only when every host of the owner answered and none has one. `releases` must hold all releases of
 * each owner. Throws all errors together as StackErrors; no value is in them.
 */
export function resolveSecrets(
  releases: readonly Owned[],
  sources: SecretSources,
): ResolvedSecrets {
  const resolver = new Resolver(releases, sources);
  const environments = new Map<string, Map<string, Secret>>();
  const generated: ResolvedSecrets['generated'] = [];
  for (const { service, host, secrets } of releases) {
    const values = new Map<string, Secret>();
    for (const spec of secrets) {
      const outcome = resolver.find(service, spec, []);
      if (typeof outcome === 'string') continue;
      values.set(spec.key, outcome.found);
      if (outcome.isNew && spec.source.kind === 'generated') {
        generated.push({ service, host, key: spec.key });
      }
    }
    environments.set(`${service}@${host}`, values);
  }
  throwAll(resolver.errors, `${resolver.errors.length} secrets cannot be resolved`);
  return { environments, generated };
}

/** Answers each (service, key) once, so that all hosts of an owner and all consumers get the one value. */
class Resolver {
  readonly errors: StackError[] = [];
  readonly #outcomes = new Map<string, Outcome>();
  readonly #releases: readonly Owned[];
  readonly #sources: SecretSources;

  constructor(releases: readonly Owned[], sources: SecretSources) {
    this.#releases = releases;
    this.#sources = sources;
  }

  find(service: string, spec: SecretSpec, path: readonly string[]): Outcome {
    const name = `${service} ${spec.key}`;
    const earlier = this.#outcomes.get(name);
    if (earlier !== undefined) return earlier;
    const outcome = path.includes(name)
      ? this.#fail(`${spec.key} is consumed in a cycle: ${[...path, name].join(' -> ')}`, service)
      : this.#look(service, spec, [...path, name]);
    this.#outcomes.set(name, outcome);
    return outcome;
  }

  #look(service: string, spec: SecretSpec, path: readonly string[]): Outcome {
    const { source, key } = spec;
    if (source.kind === 'consumed') return this.#consume(service, source, path);
    const given = source.kind === 'provided' ? this.#sources.provided.get(key) : undefined;
    if (given !== undefined && given.reveal() !== '') return { found: given, isNew: false };
    const hosts = this.#hostsOf(service);
    const files = hosts.map((host) => this.#sources.envFiles(service, host));
    // An optional secret without a value is empty in `.env`.
    const held = files
      .map((file) => file?.get(key))
      .find((secret) => (secret?.reveal() ?? '') !== '');
    if (held !== undefined) return { found: held, isNew: false };
    const unread = hosts.filter((_, at) => files[at] === undefined);
    if (source.kind === 'provided' && source.optional) return 'absent';
    if (unread.length > 0) return this.#refuse(service, key, unread);
    if (source.kind === 'provided') return this.#missing(service, spec);
    const value = source.prefix + this.#sources.random(source.bytes).toString('hex');
    return { found: new Secret(value), isNew: true };
  }

  #consume(
    service: string,
    source: { service: string; key: string },
    path: readonly string[],
  ): Outcome {
    const owner = this.#releases.find((release) => release.service === source.service);
    const spec = owner?.secrets.find((secret) => secret.key === source.key);
    if (spec !== undefined) return this.find(source.service, spec, path);
    const what = owner === undefined ? 'is not placed on any host' : 'has no such secret';
    return this.#fail(`it needs ${source.key} of ${source.service}, which ${what}`, service);
  }

  #hostsOf(service: string): string[] {
    return this.#releases
      .filter((release) => release.service === service)
      .map((release) => release.host)
      .sort();
  }

  #refuse(service: string, key: string, unread: readonly string[]): Outcome {
    this.errors.push(
      new StackError(
        `${key} may exist already, but its host was not read: no second value is generated`,
        {
          where: { service, host: unread.join(', ') },
          fix: `make ${unread.join(' and ')} reachable, then try again`,
        },
      ),
    );
    return 'failed';
  }

  #missing(service: string, { key, description }: SecretSpec): Outcome {
    const environment = this.#releases[0]?.environment ?? '';
    this.errors.push(
      badInput(`there is no value for ${key} (${description})`, {
        where: { environment, service, key },
        fix: `set the variable ${key}, or add a line ${key}='...' to the secretsFile of environment.yaml`,
      }),
    );
    return 'failed';
  }

  #fail(what: string, service: string): Outcome {
    this.errors.push(badInput(what, { where: { service } }));
    return 'failed';
  }
}
