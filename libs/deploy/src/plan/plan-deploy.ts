import type { Blocked, Plan, PreflightFinding, Release, Secret } from '@ai-stack/core';
import { badInput, exitCodes, StackError, StackErrors } from '@ai-stack/core';
import { collectDetails, collectReachableFacts, type OpenHost } from '../facts/collect-all';
import { findSecretsForPlan, type SecretOutOfReach, type SecretsOf } from './secrets';
import { held } from './guards/hold';
import { guardNames } from './guards';
import type { HostFacts } from '../facts/host-facts';
import { hasNewHome, planOrphans, refuseMost } from './orphans';
import {
  isSettled,
  planOf,
  planRelease,
  type PlanContext,
  type PlannedRelease,
} from './plan-release';
import { planUnknown, planUnreachable, type UnreachableHost } from '../facts/unreachable';

export interface PlanOptions {
  environment: string;
  /** Every host whose facts are wanted: those of the releases and those that own their secrets. */
  hosts: readonly OpenHost[];
  releases: readonly Release[];
  /** All releases of the environment on these hosts, for what they share; default: `releases`. */
  releasesOnHosts?: readonly Release[];
  /** The inventory's placement, by which orphans are found. */
  placed: readonly { name: string; services: readonly string[] }[];
  /** Services whose orphans may go; default: those of the releases. */
  orphansOf?: readonly string[] | 'all';
  /** Hosts from which orphans may go; default: all whose facts are wanted. */
  orphansOn?: readonly string[];
  /** Hosts to which there is no connection; the others are planned. */
  unreachable?: readonly UnreachableHost[];
  /** Hosts without which a deploy does not begin; default: those of the releases. */
  required?: readonly string[];
  /** Values that the operator gives, by key. */
  provided: ReadonlyMap<string, Secret>;
  /** Makes new secrets. */
  random: (bytes: number) => Buffer;
  /** Further guards that ask more than the hosts' facts; only called with what is about to change. */
  preflight?: (
    busy: readonly Release[],
    facts: readonly HostFacts[],
  ) => Promise<readonly PreflightFinding[]>;
  /** A service whose containers are replaced even if nothing changed. */
  replace?: string;
  /** Names of guards to override. */
  allow: readonly string[];
  clock: () => Date;
  /** Ask for the texts of all files, for `listFileChanges`; default: false. */
  withTexts?: boolean;
}

export interface PlannedDeploy {
  facts: HostFacts[];
  releases: PlannedRelease[];
  orphans: Plan[];
  /** The entries for plans that could not be made, because a host did not answer. */
  unknown: Plan[];
  /** The required hosts that did not answer: with them a plan can be shown, but not applied. */
  unreachable: UnreachableHost[];
  secretsOf: SecretsOf;
  /** Plans another release of one of these services on its host, with what is known of all the others. */
  planAnother: (
    release: Release,
    facts: HostFacts,
    secrets: ReadonlyMap<string, Secret>,
  ) => PlannedRelease;
}

/** Asks all hosts and plans everything; changes nothing. Costs one round trip, and another to hosts with work. */
export async function planDeploy(options: PlanOptions): Promise<PlannedDeploy> {
  refuseUnknownGuards(options.allow);
  const { hosts, withTexts } = options;
  const asked = await collectReachableFacts(hosts, options.releases, options.clock(), withTexts);
  const { facts } = asked;
  const unreachable = [...(options.unreachable ?? []), ...asked.unreachable];
  const reachableReleases = options.releases.filter(
    (release) => !unreachable.some(({ host }) => host === release.host),
  );
  const environmentReleases = options.releasesOnHosts ?? options.releases;
  const { provided, random } = options;
  const asking = { environmentReleases, releases: reachableReleases, provided, random };
  const resolved = findSecretsForPlan(facts, asking);
  const { secretsOf } = resolved;
  const isPlannable = ({ service, host }: Release) =>
    !resolved.outOfReach.some(
      (secret) => secret.service === service && secret.host === host && !secret.hasValue,
    );
  const plannable = { ...options, unreachable, releases: reachableReleases.filter(isPlannable) };
  const first = planAll(plannable, facts, secretsOf);
  const busy = new Set(busyOf(first).map(({ host }) => host));
  const detailed = busy.size === 0 ? facts : await collectDetails(options.hosts, facts, busy);
  const prepared = busy.size === 0 ? first : planAll(plannable, detailed, secretsOf);
  const releases = await addFindings(prepared, detailed, options.preflight);
  const required = options.required ?? options.releases.map(({ host }) => host);
  return {
    facts: detailed,
    releases: releases.map((release) => withSecretsOutOfReach(release, resolved.outOfReach)),
    orphans: allOrphans(options, detailed),
    unknown: [
      ...unreachable.flatMap((host) =>
        options.releases
          .filter((release) => release.host === host.host)
          .map((release) => planUnreachable(release, host)),
      ),
      ...reachableReleases
        .filter((release) => !isPlannable(release))
        .map((release) => planUnknown(release, blockedBySecrets(release, resolved.outOfReach))),
    ],
    unreachable: unreachable.filter(({ host }) => required.includes(host)),
    secretsOf,
    planAnother: (release, hostFacts, secrets) =>
      planRelease(release, hostFacts, secrets, contextOf(release, plannable, detailed)),
  };
}

/** The releases of which something is to be done. */
function busyOf(planned: readonly PlannedRelease[]): Release[] {
  return planned.filter((candidate) => !isSettled(candidate)).map(({ release }) => release);
}

/** A plan that took what the consumer holds for the owner's value is shown, never applied. */
function withSecretsOutOfReach(
  planned: PlannedRelease,
  outOfReach: readonly SecretOutOfReach[],
): PlannedRelease {
  const blocked = blockedBySecrets(planned.release, outOfReach);
  return blocked.length === 0 ? planned : { ...planned, blocked: [...planned.blocked, ...blocked] };
}

function blockedBySecrets(
  { service, host }: Release,
  outOfReach: readonly SecretOutOfReach[],
): Blocked[] {
  return outOfReach
    .filter((secret) => secret.service === service && secret.host === host)
    .map(({ key, owner, ownerHosts, hasValue }) => ({
      guard: null,
      reason:
        `${key} of ${owner} is on ${ownerHosts.join(', ')}, which did not answer` +
        (hasValue ? `; this plan takes the value that ${host} has now` : ''),
      fix: `make ${ownerHosts.join(' and ')} reachable, then try again`,
    }));
}

async function addFindings(
  prepared: PlannedRelease[],
  facts: readonly HostFacts[],
  preflight: PlanOptions['preflight'],
): Promise<PlannedRelease[]> {
  const busy = busyOf(prepared);
  if (busy.length === 0 || preflight === undefined) return prepared;
  const findings = await preflight(busy, facts);
  return prepared.map((planned) => {
    const { release } = planned;
    const own = findings.filter(
      ({ service, host }) => service === release.service && host === release.host,
    );
    const blocked = own.flatMap((finding) => ('blocked' in finding ? [finding.blocked] : []));
    const records = own.flatMap((finding) => ('records' in finding ? finding.records : []));
    const added = own.flatMap((finding) => ('warning' in finding ? [finding.warning] : []));
    const warnings = [...(planned.notes.warnings ?? []), ...added];
    return {
      ...planned,
      blocked: [...planned.blocked, ...blocked],
      notes: { ...planned.notes, warnings, records },
    };
  });
}

/** All plans, releases before orphans, what could not be planned last. */
export function plansOf({
  releases,
  orphans,
  unknown,
}: Pick<PlannedDeploy, 'releases' | 'orphans' | 'unknown'>): Plan[] {
  return [...releases.map(planOf), ...orphans, ...unknown];
}

/** Throws all that blocks and is not allowed, once each, with exit code 2; with 4 when it is a hold alone. */
export function throwBlocked(plans: readonly Plan[], allow: readonly string[]): void {
  const errors = new Map<string, StackError>();
  let isOnlyHeld = true;
  for (const plan of plans) {
    for (const { guard, reason, fix } of plan.blocked) {
      if (guard !== null && allow.includes(guard)) continue;
      isOnlyHeld &&= guard === held.name;
      const hint = guard === null ? fix : `${fix}, or override with --allow=${guard}`;
      const where = { service: plan.service, host: plan.host };
      const error = new StackError(reason, { where, fix: hint, exitCode: exitCodes.badInput });
      if (!errors.has(reason)) errors.set(reason, error);
    }
  }
  if (errors.size === 0) return;
  const what = `${errors.size} ${errors.size === 1 ? 'reason' : 'reasons'} not to begin; nothing was changed`;
  const exitCode = isOnlyHeld ? exitCodes.locked : exitCodes.badInput;
  throw new StackErrors([...errors.values()], what, exitCode);
}

function planAll(
  options: PlanOptions,
  facts: readonly HostFacts[],
  secretsOf: SecretsOf,
): PlannedRelease[] {
  return options.releases.map((release) => {
    const fact = facts.find((hostFacts) => hostFacts.host === release.host);
    if (fact === undefined) throw noConnection(release);
    return planRelease(release, fact, secretsOf(release), contextOf(release, options, facts));
  });
}

function contextOf(
  release: Release,
  options: PlanOptions,
  facts: readonly HostFacts[],
): PlanContext {
  const onHosts = options.releasesOnHosts ?? options.releases;
  const host = options.hosts.find((silent) => silent.host.name === release.host)?.host;
  if (host === undefined) throw noConnection(release);
  return {
    stackRoot: host.stackRoot,
    dataRoot: host.dataRoot,
    gpus: host.gpus,
    releasesOnHost: onHosts.filter((candidate) => candidate.host === release.host),
    placedOn: options.placed
      .filter(({ services }) => services.includes(release.service))
      .map(({ name }) => name),
    allFacts: facts,
    silentHosts: (options.unreachable ?? []).map((silent) => silent.host),
    today: options.clock(),
    isReplaced: options.replace === release.service,
  };
}

function noConnection({ service, host }: Release): StackError {
  return new StackError(`there is no connection to ${host}`, { where: { service, host } });
}

function allOrphans(options: PlanOptions, facts: readonly HostFacts[]): Plan[] {
  const of = options.orphansOf ?? [...new Set(options.releases.map(({ service }) => service))];
  const { environment, placed, releases, orphansOn } = options;
  return facts
    .filter(({ host }) => orphansOn === undefined || orphansOn.includes(host))
    .flatMap((hostFacts) => planOrphans(environment, placed, hostFacts))
    .filter(({ service }) => of === 'all' || of.includes(service))
    .filter((orphan) => hasNewHome(orphan, placed, releases, facts))
    .map((orphan, _at, all) => refuseMost(orphan, all, facts));
}

function refuseUnknownGuards(allow: readonly string[]): void {
  const unknown = allow.filter((name) => !guardNames.some((guardName) => guardName === name));
  if (unknown.length === 0) return;
  throw badInput(`there is no guard ${unknown.join(', ')}`, {
    fix: `--allow takes ${guardNames.join(', ')}`,
  });
}
