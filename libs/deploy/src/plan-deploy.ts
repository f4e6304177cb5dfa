import type { Blocked, Plan, Release } from '@ai-stack/core';
import { badInput, exitCodes, isEmptyPlan, StackError, StackErrors } from '@ai-stack/core';
import { collectAllFacts, collectDetails, type OpenHost } from './collect-all';
import type { SecretsOf } from './find-secrets';
import { holdGuard } from './guard-hold';
import { guardNames } from './guards';
import type { HostFacts } from './host-facts';
import { hasNewHome, planOrphans, refuseMost } from './plan-orphans';
import { prepareRelease, type PlannedRelease } from './plan-release';

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
  /** Resolves all secrets once the hosts said which they have; throws StackErrors. */
  resolveSecrets: (facts: readonly HostFacts[]) => Promise<SecretsOf> | SecretsOf;
  /** Further guards that have to ask somebody; only called with what is about to change. */
  preflight?: (busy: readonly Release[]) => Promise<readonly PreflightFinding[]>;
  /** Names of guards to override. */
  allow: readonly string[];
  clock: () => Date;
  /** Ask for the texts of all files, for `listFileChanges`; default: false. */
  withTexts?: boolean;
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
  secretsOf: SecretsOf;
}

/** Asks all hosts and plans everything; changes nothing. Costs one round trip, and another to hosts with work. */
export async function planDeploy(options: PlanOptions): Promise<PlannedDeploy> {
  refuseUnknownGuards(options.allow);
  const facts = await collectAllFacts(options.hosts, options.releases, options.withTexts);
  const secretsOf = await options.resolveSecrets(facts);
  const first = prepareAll(options, facts, secretsOf);
  const busy = new Set(first.filter(({ plan }) => !isEmptyPlan(plan)).map(({ plan }) => plan.host));
  const detailed = busy.size === 0 ? facts : await collectDetails(options.hosts, facts, busy);
  const prepared = busy.size === 0 ? first : prepareAll(options, detailed, secretsOf);
  const releases = await addFindings(prepared, options.preflight);
  return { facts: detailed, releases, orphans: allOrphans(options, detailed), secretsOf };
}

async function addFindings(
  prepared: PlannedRelease[],
  preflight: PlanOptions['preflight'],
): Promise<PlannedRelease[]> {
  const busy = prepared.filter(({ plan }) => !isEmptyPlan(plan)).map(({ release }) => release);
  if (busy.length === 0 || preflight === undefined) return prepared;
  const findings = await preflight(busy);
  return prepared.map((planned) => {
    const { plan } = planned;
    const mine = findings.filter(
      ({ service, host }) => service === plan.service && host === plan.host,
    );
    const blocked = [...plan.blocked, ...mine.map((finding) => finding.blocked)];
    return { ...planned, plan: { ...plan, blocked } };
  });
}

/** All plans, releases before orphans. */
export function plansOf(planned: Pick<PlannedDeploy, 'releases' | 'orphans'>): Plan[] {
  return [...planned.releases.map(({ plan }) => plan), ...planned.orphans];
}

/** Throws all that blocks and is not allowed, once each, with exit code 2; with 4 when it is a hold alone. */
export function throwBlocked(plans: readonly Plan[], allow: readonly string[]): void {
  const errors = new Map<string, StackError>();
  let isOnlyHeld = true;
  for (const plan of plans) {
    for (const { guard, reason, fix } of plan.blocked) {
      if (guard !== null && allow.includes(guard)) continue;
      isOnlyHeld &&= guard === holdGuard;
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
      today: options.clock(),
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
