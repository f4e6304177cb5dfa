import type { Blocked, Plan, Release, Secret } from '@ai-stack/core';
import { clockWarnings } from './clock-warnings';
import { composeVariableWarnings } from './compose-variables';
import type { HostFacts } from '../facts/host-facts';
import { releaseId } from '../state-files';
import { actionsOf, type Change } from './change';
import { planContainers } from './containers';
import { lateAddressWarnings } from './late-address-warnings';
import { planEnv } from './env';
import { planFiles, planRemovedFiles, planStrayFiles } from './files';
import { changeGuards, standingGuards } from './guards';
import { blockedBy, type GuardContext } from './guards/guard';
import { openFilesWarnings } from './open-files';
import { newlyOpenRoutes } from './open-routes';
import { planDirectories, planImages, planModels, planNetworks } from './resources';
import { planWarnings } from './warnings';

export interface PlanContext extends GuardContext {
  /** For the serial of a zone that has none yet. */
  today: Date;
  /** Its containers are replaced even if nothing changed. */
  isReplaced?: boolean;
}

/** A plan that carries its work. Never printed: it holds secrets; `planOf` is what of it is. */
export interface PlannedRelease {
  release: Release;
  facts: HostFacts;
  /** In the order of the plan; those that keep what is there among them. */
  changes: readonly Change[];
  blocked: readonly Blocked[];
  /** More that an operator reads. */
  notes: Pick<Plan, 'warnings' | 'isDrift' | 'opens' | 'records'>;
}

/** What deploy would do for one release on its host, and why. Pure. */
export function planRelease(
  release: Release,
  facts: HostFacts,
  secrets: ReadonlyMap<string, Secret>,
  context: PlanContext,
): PlannedRelease {
  const { isReplaced = false } = context;
  const files = planFiles(release, facts, context.today);
  const env = planEnv(release, facts, secrets);
  const written = { files, changedKeys: env.changedKeys };
  const changes: Change[] = [
    ...planNetworks(release, facts),
    ...planDirectories(release, facts),
    ...planImages(release, facts),
    ...files,
    ...planRemovedFiles(release, facts),
    ...planStrayFiles(release, facts),
    ...(env.change === undefined ? [] : [env.change]),
    ...planContainers(release, facts, written, isReplaced),
    ...planModels(release, facts),
  ];
  const isQuiet = changes.every(({ verb }) => verb === 'keep');
  changes.push(planRecord(release, facts, isQuiet, isReplaced));
  const guards = isQuiet ? standingGuards : [...standingGuards, ...changeGuards];
  return {
    release,
    facts,
    changes,
    blocked: [...blockedBy(guards, release, facts, context), ...env.blocked],
    // Reading compose.yaml takes longer than all the rest of a plan that has nothing to do.
    notes: isQuiet
      ? { isDrift: false }
      : {
          warnings: [
            ...planWarnings(release, facts),
            ...composeVariableWarnings(release, facts),
            ...openFilesWarnings(release, facts),
            ...lateAddressWarnings(release, facts),
            ...clockWarnings(facts, context.allFacts),
          ],
          isDrift: !isReplaced && isDrift(release, facts, env.change),
          opens: newlyOpenRoutes(release, facts),
        },
  };
}

/** Whether applying it would change nothing. */
export function isSettled({ changes }: Pick<PlannedRelease, 'changes'>): boolean {
  return changes.every(({ verb }) => verb === 'keep');
}

/** The plan as plain data: the JSON of `plan --json`. */
export function planOf({ release, changes, blocked, notes }: PlannedRelease): Plan {
  const { warnings = [], isDrift, opens = [], records = [] } = notes;
  return {
    version: 1,
    environment: release.environment,
    host: release.host,
    service: release.service,
    release: releaseId(release.contentHash),
    actions: changes.flatMap(actionsOf),
    blocked: [...blocked],
    ...(warnings.length > 0 && { warnings }),
    isDrift,
    ...(opens.length > 0 && { opens }),
    ...(records.length > 0 && { records }),
  };
}

/** A secret that was given another value is a change of ours, not of the host. */
function isDrift(release: Release, facts: HostFacts, env: Change<'env'> | undefined): boolean {
  const service = facts.services[release.service];
  const recorded = service?.current;
  if (service?.journal !== undefined || recorded?.contentHash !== release.contentHash) return false;
  const hasNewSecret = env !== undefined && env.verb !== 'keep';
  return !hasNewSecret || recorded.envSha256 !== (service?.envSha256 ?? null);
}

function planRecord(
  release: Release,
  facts: HostFacts,
  isQuiet: boolean,
  isReplaced: boolean,
): Change<'release'> {
  const service = facts.services[release.service];
  const id = releaseId(release.contentHash);
  const change = { kind: 'release' as const, id };
  if (service?.journal !== undefined && service.running !== undefined) {
    const reason = `${service.running} is in progress; this plan shows an intermediate state`;
    return { ...change, verb: 'update', reason };
  }
  if (service?.journal !== undefined) {
    const reason = `finish the interrupted deploy of ${service.journal.release}`;
    return { ...change, verb: 'update', reason };
  }
  const current = service?.current;
  if (current === undefined)
    return { ...change, verb: 'create', reason: 'there is no record of one' };
  if (current.contentHash !== release.contentHash) {
    return {
      ...change,
      verb: 'update',
      reason: 'another release',
      before: current.release,
      after: id,
    };
  }
  if (isQuiet)
    return { ...change, verb: 'keep', reason: `deployed ${current.when} by ${current.who}` };
  const reason = isReplaced ? 'its containers are replaced' : 'the host differs from it';
  return { ...change, verb: 'update', reason };
}
