import type { Blocked, Plan, Release } from '@ai-stack/core';
import { badInput, exitCodes, isEmptyPlan, StackError, StackErrors } from '@ai-stack/core';
import { collectDetails, collectReachableFacts, type OpenHost } from '../facts/collect-all';
import type { SecretOutOfReach, SecretsOf } from './secrets';
import { held } from './guards/hold';
import { guardNames } from './guards';
import type { HostFacts } from '../facts/host-facts';
import { hasNewHome, planOrphans, refuseMost } from './orphans';
import { prepareRelease, type PlannedRelease } from './plan-release';
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
  /** Hosts to which there is no connection: the others are planned all the same. */
  unreachable?: readonly UnreachableHost[];
  /** Hosts without which a deploy does not begin; default: those of the releases. */
  required?: readonly string[];
  /** Resolves the secrets of these releases once the hosts said which they have; throws StackErrors. */
  resolveSecrets: (
    facts: readonly HostFacts[],
    releases: readonly Release[],
  ) => Promise<ResolvedForPlan>;
  /** Further guards that have to ask somebody; only called with what is about to change. */
  preflight?: (
    busy: readonly Release[],
    facts: readonly HostFacts[],
  ) => Promise<readonly PreflightFinding[]>;
  /** A service whose containers are made anew though nothing changed. */
  replace?: string;
  /** Names of guards to override. */
  allow: readonly string[];
  clock: () => Date;
  /** Ask for the texts of all files, for `listFileChanges`; default: false. */
  withTexts?: boolean;
}

/** Secrets, with those of which nothing is known because their owner did not answer. */
export interface ResolvedForPlan {
  /** Only of releases that have no unknown secret. */
  secretsOf: SecretsOf;
  outOfReach: readonly SecretOutOfReach[];
}

/** What a further guard found against one release. */
export interface PreflightFinding {
  service: string;
  host: string;
  blocked: Blocked;
}

export interface PlannedDeploy {
  facts: HostFacts[];
  releases: PlannedRelease[];
  orphans: Plan[];
  /** What stands for the plans that could not be made, because a host did not answer. */
  unknown: Plan[];
  /** The required hosts that did not answer: with them a plan can be shown, but not applied. */
  unreachable: UnreachableHost[];
  secretsOf: SecretsOf;
}

/** Asks all hosts and plans everything; changes nothing. Costs one round trip, and another to hosts with work. */
export async function planDeploy(options: PlanOptions): Promise<PlannedDeploy> {
  refuseUnknownGuards(options.allow);
  const { hosts, withTexts } = options;
  const asked = await collectReachableFacts(hosts, options.releases, options.clock(), withTexts);
  const { facts } = asked;
  const unreachable = [...(options.unreachable ?? []), ...asked.unreachable];
  const known = options.releases.filter(
    (release) => !unreachable.some(({ host }) => host === release.host),
  );
  const resolved = await options.resolveSecrets(facts, known);
  const { secretsOf } = resolved;
  const isPlannable = ({ service, host }: Release) =>
    !resolved.outOfReach.some((one) => one.service === service && one.host === host && !one.isHeld);
  const plannable = { ...options, unreachable, releases: known.filter(isPlannable) };
  const first = prepareAll(plannable, facts, secretsOf);
  const busy = new Set(first.filter(({ plan }) => !isEmptyPlan(plan)).map(({ plan }) => plan.host));
  const detailed = busy.size === 0 ? facts : await collectDetails(options.hosts, facts, busy);
  const prepared = busy.size === 0 ? first : prepareAll(plannable, detailed, secretsOf);
  const releases = await addFindings(prepared, detailed, options.preflight);
  const required = options.required ?? options.releases.map(({ host }) => host);
  return {
    facts: detailed,
    releases: releases.map((one) => withSecretsOutOfReach(one, resolved.outOfReach)),
    orphans: allOrphans(options, detailed),
    unknown: [
      ...unreachable.flatMap((host) =>
        options.releases
          .filter((release) => release.host === host.host)
          .map((release) => planUnreachable(release, host)),
      ),
      ...known
        .filter((release) => !isPlannable(release))
        .map((release) => planUnknown(release, blockedBySecrets(release, resolved.outOfReach))),
    ],
    unreachable: unreachable.filter(({ host }) => required.includes(host)),
    secretsOf,
  };
}

/** A plan that took what the consumer holds for the owner's value is shown, never applied. */
function withSecretsOutOfReach(
  planned: PlannedRelease,
  outOfReach: readonly SecretOutOfReach[],
): PlannedRelease {
  const blocked = blockedBySecrets(planned.release, outOfReach);
  if (blocked.length === 0) return planned;
  const { plan } = planned;
  return { ...planned, plan: { ...plan, blocked: [...plan.blocked, ...blocked] } };
}

function blockedBySecrets(
  { service, host }: Release,
  outOfReach: readonly SecretOutOfReach[],
): Blocked[] {
  return outOfReach
    .filter((one) => one.service === service && one.host === host)
    .map(({ key, owner, ownerHosts, isHeld }) => ({
      guard: null,
      reason:
        `${key} of ${owner} is on ${ownerHosts.join(', ')}, which did not answer` +
        (isHeld ? `; this plan takes the value that ${host} has now` : ''),
      fix: `make ${ownerHosts.join(' and ')} reachable, then try again`,
    }));
}

async function addFindings(
  prepared: PlannedRelease[],
  facts: readonly HostFacts[],
  preflight: PlanOptions['preflight'],
): Promise<PlannedRelease[]> {
  const busy = prepared.filter(({ plan }) => !isEmptyPlan(plan)).map(({ release }) => release);
  if (busy.length === 0 || preflight === undefined) return prepared;
  const findings = await preflight(busy, facts);
  return prepared.map((planned) => {
    const { plan } = planned;
    const mine = findings.filter(
      ({ service, host }) => service === plan.service && host === plan.host,
    );
    const blocked = [...plan.blocked, ...mine.map((finding) => finding.blocked)];
    return { ...planned, plan: { ...plan, blocked } };
  });
}

/** All plans, releases before orphans, what could not be planned last. */
export function plansOf({
  releases,
  orphans,
  unknown,
}: Pick<PlannedDeploy, 'releases' | 'orphans' | 'unknown'>): Plan[] {
  return [...releases.map(({ plan }) => plan), ...orphans, ...unknown];
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

function prepareAll(
  options: PlanOptions,
  facts: readonly HostFacts[],
  secretsOf: SecretsOf,
): PlannedRelease[] {
  const onHosts = options.releasesOnHosts ?? options.releases;
  return options.releases.map((release) => {
    const seen = facts.find((one) => one.host === release.host);
    const host = options.hosts.find((one) => one.host.name === release.host)?.host;
    if (seen === undefined || host === undefined) {
      throw new StackError(`there is no connection to ${release.host}`, {
        where: { service: release.service, host: release.host },
      });
    }
    return prepareRelease(release, seen, secretsOf(release), {
      stackRoot: host.stackRoot,
      dataRoot: host.dataRoot,
      gpus: host.gpus,
      releasesOnHost: onHosts.filter((one) => one.host === release.host),
      placedOn: options.placed
        .filter(({ services }) => services.includes(release.service))
        .map(({ name }) => name),
      allFacts: facts,
      silentHosts: (options.unreachable ?? []).map((one) => one.host),
      today: options.clock(),
      isReplaced: options.replace === release.service,
    });
  });
}

function allOrphans(options: PlanOptions, facts: readonly HostFacts[]): Plan[] {
  const of = options.orphansOf ?? [...new Set(options.releases.map(({ service }) => service))];
  const { environment, placed, releases, orphansOn } = options;
  return facts
    .filter(({ host }) => orphansOn === undefined || orphansOn.includes(host))
    .flatMap((one) => planOrphans(environment, placed, one))
    .filter(({ service }) => of === 'all' || of.includes(service))
    .filter((orphan) => hasNewHome(orphan, placed, releases, facts))
    .map((orphan, _at, all) => refuseMost(orphan, all, facts));
}

function refuseUnknownGuards(allow: readonly string[]): void {
  const unknown = allow.filter((name) => !guardNames.some((known) => known === name));
  if (unknown.length === 0) return;
  throw badInput(`there is no guard ${unknown.join(', ')}`, {
    fix: `--allow takes ${guardNames.join(', ')}`,
  });
}
