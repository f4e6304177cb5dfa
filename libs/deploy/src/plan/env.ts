import type { Action, Blocked, Release, Secret } from '@ai-stack/core';
import { flattenErrors, Secret as SecretValue } from '@ai-stack/core';
import { formatEnv, parseEnv } from '@ai-stack/secrets';
import type { HostFacts } from '../facts/host-facts';
import { isSameMode, sha256 } from './files';

/** `.env` as the host gets it, and what has to be done for it. Values only ever stand in `text`. */
export interface StagedEnv {
  /** undefined: the service has no `.env`. */
  text: SecretValue | undefined;
  sha256: string | null;
  /** Keys whose value differs from the one that the containers were started with. */
  changedKeys: string[];
  /** Whether the file has to be written. */
  isRewritten: boolean;
  actions: Action[];
  blocked: Blocked[];
}

/**
 * Compares the wanted values with the host's `.env`. A key of the host that this release does not use stays there:
 * it may hold the only copy of a generated secret.
 */
export function stageEnv(
  release: Release,
  facts: HostFacts,
  secrets: ReadonlyMap<string, Secret>,
): StagedEnv {
  const service = facts.services[release.service];
  const { seen, blocked } = readSeen(release, facts);
  const keys = [
    ...new Set([...release.environmentKeys, ...release.secrets.map((spec) => spec.key)]),
  ].sort();
  const missing = keys.filter((key) => !secrets.has(key) && !isOptional(release, key));
  const wanted = new Map(
    keys.map((key): [string, string] => [key, secrets.get(key)?.reveal() ?? '']),
  );
  const left = [...seen.keys()].filter((key) => !wanted.has(key)).sort();
  const all = new Map([
    ...wanted,
    ...left.map((key): [string, string] => [key, seen.get(key) ?? '']),
  ]);
  if (all.size === 0 && service?.env === undefined) return noEnv;
  const text = formatEnv(all);
  const path = `${release.stackDirectory}/.env`;
  const fact = facts.paths[path];
  const hasMode = fact?.kind === 'file' && isSameMode(fact.mode, '0600');
  const isRewritten = service?.env?.reveal() !== text || !hasMode;
  const actions: Action[] = [
    ...keys.map((key) => keyAction(key, seen, wanted)),
    ...left.map((key) => keepAction(key, 'this release does not use it; it is kept')),
  ];
  if (isRewritten && actions.every((action) => action.verb === 'keep')) {
    const reason = hasMode
      ? 'its form differs'
      : `its mode is ${fact?.mode ?? 'unknown'}, not 0600`;
    actions.push({ kind: 'secrets', verb: 'update', target: path, reason });
  }
  return {
    text: new SecretValue(text),
    sha256: sha256(text),
    changedKeys: changedKeys(release, facts, actions),
    isRewritten,
    actions,
    blocked: [...blocked, ...missing.map((key) => missingSecret(release, key))],
  };
}

/** What stands in the host's `.env`; one that Compose cannot read either blocks, for what it holds is not known. */
function readSeen(
  release: Release,
  facts: HostFacts,
): { seen: Map<string, string>; blocked: Blocked[] } {
  const env = facts.services[release.service]?.env;
  if (env === undefined) return { seen: new Map(), blocked: [] };
  const path = `${release.stackDirectory}/.env`;
  try {
    return { seen: parseEnv(env.reveal(), path), blocked: [] };
  } catch (error) {
    const [first] = flattenErrors(error);
    const line = first?.where.line === undefined ? '' : `, line ${first.where.line}`;
    const reason = `${path} on ${facts.host}${line}: ${first?.what ?? 'not readable'}`;
    const fix = first?.fix ?? 'correct that line';
    return { seen: new Map(), blocked: [{ guard: null, reason, fix }] };
  }
}

function missingSecret(release: Release, key: string): Blocked {
  const spec = release.secrets.find((one) => one.key === key);
  return {
    guard: null,
    reason: `there is no value for the secret ${key}`,
    fix: `provide ${key} (${spec?.description ?? 'used by compose.yaml'})`,
  };
}

const noEnv: StagedEnv = {
  text: undefined,
  sha256: null,
  changedKeys: [],
  isRewritten: false,
  actions: [],
  blocked: [],
};

function isOptional(release: Release, key: string): boolean {
  const source = release.secrets.find((spec) => spec.key === key)?.source;
  return source?.kind === 'provided' && source.optional;
}

function keyAction(
  key: string,
  seen: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): Action {
  if (!seen.has(key))
    return { kind: 'secrets', verb: 'create', target: key, reason: 'not in .env' };
  if (seen.get(key) === wanted.get(key)) return keepAction(key, 'equal');
  return { kind: 'secrets', verb: 'update', target: key, reason: 'another value than in .env' };
}

function keepAction(key: string, reason: string): Action {
  return { kind: 'secrets', verb: 'keep', target: key, reason };
}

/** New or other values; all keys when somebody edited `.env` since it was recorded. */
function changedKeys(release: Release, facts: HostFacts, actions: readonly Action[]): string[] {
  const service = facts.services[release.service];
  const recorded = service?.current?.envSha256;
  const isEdited = typeof recorded === 'string' && recorded !== service?.envSha256;
  if (isEdited) return [...release.environmentKeys];
  const changed = actions.filter((action) => action.verb !== 'keep').map((action) => action.target);
  return release.environmentKeys.filter((key) => changed.includes(key));
}
