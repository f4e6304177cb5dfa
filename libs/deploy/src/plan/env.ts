import type { Blocked, Release, Secret } from '@ai-stack/core';
import { flattenErrors, Secret as SecretValue } from '@ai-stack/core';
import { formatEnv, parseEnv } from '@ai-stack/secrets';
import type { HostFacts } from '../facts/host-facts';
import type { Change } from './change';
import { isSameMode, sha256 } from './files';

/** What `.env` becomes. */
interface PlannedEnv {
  /** undefined: the service has no `.env`. */
  change: Change<'env'> | undefined;
  /** Keys whose value differs from the one that the containers were started with. */
  changedKeys: string[];
  blocked: Blocked[];
}

type KeyChange = Change<'env'>['keys'][number];

/**
 * Compares the wanted values with the host's `.env`. A key of the host that this release does not use stays there:
 * it may hold the only copy of a generated secret.
 */
export function planEnv(
  release: Release,
  facts: HostFacts,
  secrets: ReadonlyMap<string, Secret>,
): PlannedEnv {
  const service = facts.services[release.service];
  const { onHost, blocked } = readOnHost(release, facts);
  const keys = [
    ...new Set([...release.environmentKeys, ...release.secrets.map((spec) => spec.key)]),
  ].sort();
  const missing = keys.filter((key) => !secrets.has(key) && !isOptional(release, key));
  const wanted = new Map(
    keys.map((key): [string, string] => [key, secrets.get(key)?.reveal() ?? '']),
  );
  const left = [...onHost.keys()].filter((key) => !wanted.has(key)).sort();
  const all = new Map([
    ...wanted,
    ...left.map((key): [string, string] => [key, onHost.get(key) ?? '']),
  ]);
  if (all.size === 0 && service?.env === undefined) {
    return { change: undefined, changedKeys: [], blocked: [] };
  }
  const keyChanges = [
    ...keys.map((key) => keyChange(key, onHost, wanted)),
    ...left.map((key) => keepKey(key, 'this release does not use it; it is kept')),
  ];
  return {
    change: envChange(release, facts, formatEnv(all), keyChanges, secrets),
    changedKeys: changedKeys(release, facts, keyChanges),
    blocked: [...blocked, ...missing.map((key) => missingSecret(release, key))],
  };
}

function envChange(
  release: Release,
  facts: HostFacts,
  text: string,
  keys: KeyChange[],
  values: ReadonlyMap<string, Secret>,
): Change<'env'> {
  const path = `${release.stackDirectory}/.env`;
  const fact = facts.paths[path];
  const hasMode = fact?.kind === 'file' && isSameMode(fact.mode, '0600');
  const isRewritten = facts.services[release.service]?.env?.reveal() !== text || !hasMode;
  const form = hasMode ? 'its form differs' : `its mode is ${fact?.mode ?? 'unknown'}, not 0600`;
  return {
    kind: 'env',
    verb: isRewritten ? 'update' : 'keep',
    reason: isRewritten ? form : 'equal',
    path,
    text: new SecretValue(text),
    sha256: sha256(text),
    isRewritten,
    keys,
    values,
  };
}

/** The `.env` of the host. One that Compose cannot read either blocks the plan, because its values are not known. */
function readOnHost(
  release: Release,
  facts: HostFacts,
): { onHost: Map<string, string>; blocked: Blocked[] } {
  const env = facts.services[release.service]?.env;
  if (env === undefined) return { onHost: new Map(), blocked: [] };
  const path = `${release.stackDirectory}/.env`;
  try {
    return { onHost: parseEnv(env.reveal(), path), blocked: [] };
  } catch (error) {
    const [first] = flattenErrors(error);
    const line = first?.where.line === undefined ? '' : `, line ${first.where.line}`;
    const reason = `${path} on ${facts.host}${line}: ${first?.what ?? 'not readable'}`;
    const fix = first?.fix ?? 'correct that line';
    return { onHost: new Map(), blocked: [{ guard: null, reason, fix }] };
  }
}

function missingSecret(release: Release, key: string): Blocked {
  const spec = release.secrets.find((secret) => secret.key === key);
  return {
    guard: null,
    reason: `there is no value for the secret ${key}`,
    fix: `provide ${key} (${spec?.description ?? 'used by compose.yaml'})`,
  };
}

function isOptional(release: Release, key: string): boolean {
  const source = release.secrets.find((spec) => spec.key === key)?.source;
  return source?.kind === 'provided' && source.optional;
}

function keyChange(
  key: string,
  seen: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): KeyChange {
  if (!seen.has(key)) return { key, verb: 'create', reason: 'not in .env' };
  if (seen.get(key) === wanted.get(key)) return keepKey(key, 'equal');
  return { key, verb: 'update', reason: 'another value than in .env' };
}

function keepKey(key: string, reason: string): KeyChange {
  return { key, verb: 'keep', reason };
}

/** New or other values; all keys when `.env` was edited since it was recorded. */
function changedKeys(release: Release, facts: HostFacts, keys: readonly KeyChange[]): string[] {
  const service = facts.services[release.service];
  const recorded = service?.current?.envSha256;
  const isEdited = typeof recorded === 'string' && recorded !== service?.envSha256;
  if (isEdited) return [...release.environmentKeys];
  const changed = keys.filter(({ verb }) => verb !== 'keep').map(({ key }) => key);
  return release.environmentKeys.filter((key) => changed.includes(key));
}
