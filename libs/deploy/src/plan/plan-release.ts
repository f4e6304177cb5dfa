import type { Action, Plan, Release, Secret } from '@ai-stack/core';
import { differencesOf, findImage } from '@ai-stack/docker';
import { clockWarnings } from './clock-warnings';
import { composeVariableWarnings } from './compose-variables';
import { blockedBy, type GuardContext } from './guards/guard';
import { changeGuards, standingGuards } from './guards';
import type { HostFacts } from '../facts/host-facts';
import type { ContainerVerdict } from './container';
import { judgeRunning, replaceAnyway, servingOf } from './container';
import { releaseId } from '../state-files';
import { newlyOpenRoutes } from './open-routes';
import { ownContainers } from '../facts/own-containers';
import { planWarnings } from './warnings';
import { composePath } from '../state-files';
import { environmentKeysByContainer } from './compose-file';
import { canStartFirst } from './start-first';
import type { StagedEnv } from './env';
import { stageEnv } from './env';
import type { StagedFile } from './files';
import { isSameMode, planRemovedFiles, planStrayFiles, stageFiles } from './files';

export interface PlanContext extends GuardContext {
  /** For the serial of a zone that has none yet. */
  today: Date;
  /** Its containers are made anew though nothing changed. */
  isReplaced?: boolean;
}

/** A plan, and what applying it needs beside its actions. Never printed: it holds secrets. */
export interface PlannedRelease {
  release: Release;
  facts: HostFacts;
  plan: Plan;
  files: StagedFile[];
  env: StagedEnv;
  secrets: ReadonlyMap<string, Secret>;
  context: PlanContext;
  verdicts: Map<string, ContainerVerdict>;
}

/** What deploy would do for one release on its host, and why. Pure. */
export function planRelease(
  release: Release,
  facts: HostFacts,
  secrets: ReadonlyMap<string, Secret>,
  context: PlanContext,
): Plan {
  return prepareRelease(release, facts, secrets, context).plan;
}

/** The same, with the bytes and the verdicts that `applyPlan` works from. Pure. */
export function prepareRelease(
  release: Release,
  facts: HostFacts,
  secrets: ReadonlyMap<string, Secret>,
  context: PlanContext,
): PlannedRelease {
  const files = stageFiles(release, facts, context.today);
  const env = stageEnv(release, facts, secrets);
  const isReplaced = context.isReplaced ?? false;
  const verdicts = judgeContainers(release, facts, files, env, isReplaced);
  const actions = [
    ...planNetworks(release, facts),
    ...planDirectories(release, facts),
    ...planImages(release, facts),
    ...files.map((file) => file.action),
    ...planRemovedFiles(release, facts),
    ...planStrayFiles(release, facts),
    ...env.actions,
    ...planContainers(release, facts, verdicts),
    ...planModels(release, facts),
  ];
  const isQuiet = actions.every((action) => action.verb === 'keep');
  actions.push(planRecord(release, facts, isQuiet, isReplaced));
  const guards = isQuiet ? standingGuards : [...standingGuards, ...changeGuards];
  const blocked = [...blockedBy(guards, release, facts, context), ...env.blocked];
  // Reading compose.yaml takes longer than all the rest of a plan that has nothing to do.
  const opens = isQuiet ? [] : newlyOpenRoutes(release, facts);
  const warnings = isQuiet
    ? []
    : [
        ...planWarnings(release, facts),
        ...composeVariableWarnings(release, facts),
        ...clockWarnings(facts, context.allFacts),
      ];
  const plan: Plan = {
    version: 1,
    environment: release.environment,
    host: release.host,
    service: release.service,
    release: releaseId(release.contentHash),
    actions,
    blocked,
    ...(warnings.length > 0 && { warnings }),
    isDrift: !isQuiet && !isReplaced && isDrift(release, facts, env),
    ...(opens.length > 0 && { opens }),
  };
  return { release, facts, plan, files, env, secrets, context, verdicts };
}

/** A secret that was given another value is a change of ours, not of the host. */
function isDrift(release: Release, facts: HostFacts, env: StagedEnv): boolean {
  const service = facts.services[release.service];
  const recorded = service?.current;
  if (service?.pending !== undefined || recorded?.contentHash !== release.contentHash) return false;
  const hasNewSecret = env.actions.some(({ verb }) => verb !== 'keep');
  return !hasNewSecret || recorded.envSha256 !== (service?.envSha256 ?? null);
}

function planNetworks(release: Release, facts: HostFacts): Action[] {
  const present = new Set(facts.engine.networks.map((network) => network.name));
  return release.networks
    .filter((network) => network.ours)
    .map(({ name }) =>
      present.has(name)
        ? { kind: 'network', verb: 'keep', target: name, reason: 'it is there' }
        : { kind: 'network', verb: 'create', target: name, reason: 'there is none' },
    );
}

/** A program may change its own data directory: once deployed, that one is only compared with what was recorded. */
function planDirectories(release: Release, facts: HostFacts): Action[] {
  const recorded = facts.services[release.service]?.current?.directories ?? [];
  return release.directories.map((directory) => {
    const action = { kind: 'directory' as const, target: directory.path };
    const after = `${directory.mode} ${directory.uid}:${directory.gid}`;
    const fact = facts.paths[directory.path];
    if (fact === undefined) return { ...action, verb: 'create', reason: 'there is none', after };
    const isEqual =
      isSameMode(fact.mode, directory.mode) &&
      fact.uid === directory.uid &&
      fact.gid === directory.gid;
    if (isEqual) return { ...action, verb: 'keep', reason: 'equal' };
    const before = recorded.find((one) => one.path === directory.path);
    const isSettled =
      directory.purpose !== 'config' &&
      before?.mode === directory.mode &&
      before.uid === directory.uid &&
      before.gid === directory.gid;
    if (isSettled) return { ...action, verb: 'keep', reason: 'its program set it so' };
    const seen = `${fact.mode} ${fact.uid}:${fact.gid}`;
    return { ...action, verb: 'update', reason: 'other mode or owner', before: seen, after };
  });
}

function planImages(release: Release, facts: HostFacts): Action[] {
  const images = [...new Set(release.containers.map(({ image }) => image))].sort();
  return images.map((target) =>
    findImage(facts.engine.images, target) === undefined
      ? { kind: 'image', verb: 'create', target, reason: 'not on the host: pull it' }
      : { kind: 'image', verb: 'keep', target, reason: 'it is there' },
  );
}

function judgeContainers(
  release: Release,
  facts: HostFacts,
  files: readonly StagedFile[],
  env: StagedEnv,
  isReplaced: boolean,
): Map<string, ContainerVerdict> {
  const own = ownContainers(release, facts);
  // Reading the file again takes longer than all the rest of a plan.
  const keys = env.changedKeys.length === 0 ? {} : environmentKeysByContainer(release);
  const service = facts.services[release.service];
  // An interrupted deploy may have recreated them: then the record says nothing of what runs.
  const recorded = service?.pending === undefined ? service?.current : undefined;
  // compose.yaml is no mount: what it changes shows in the labels.
  const rewritten = files.filter(
    ({ file, isRewritten }) =>
      isRewritten && file.onChange === 'recreate' && file.path !== composePath(release),
  );
  return new Map(
    release.containers.map((wanted) => {
      const running = own.filter((one) => one.service === wanted.name);
      const serving = servingOf(running);
      const settings = release.settings?.[wanted.name];
      const identity = { project: release.project, service: wanted.name };
      const judged = judgeRunning(wanted, running, {
        differences:
          serving === undefined || settings === undefined
            ? []
            : differencesOf(identity, serving, settings),
        imageId: findImage(facts.engine.images, wanted.image)?.id,
        recordedConfigHash: recorded?.containers.find((one) => one.name === wanted.name)
          ?.configHash,
        rewrittenFiles: rewritten
          .filter(({ file }) => file.containers.includes(wanted.name))
          .map(({ file }) => file.path),
        changedKeys: env.changedKeys.filter((key) => keys[wanted.name]?.includes(key)),
      });
      const verdict = isReplaced ? replaceAnyway(judged) : judged;
      const isStartFirst = canStartFirst(release, wanted, running, verdict);
      return [wanted.name, isStartFirst ? { ...verdict, isStartFirst } : verdict];
    }),
  );
}

function planContainers(
  release: Release,
  facts: HostFacts,
  verdicts: ReadonlyMap<string, ContainerVerdict>,
): Action[] {
  const judged = [...verdicts].map(([target, verdict]): Action => {
    const { verb, reason, before, after, isStartFirst } = verdict;
    return {
      kind: 'container',
      verb,
      target,
      reason: isStartFirst === true ? `${reason}; the new one starts first` : reason,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    };
  });
  const orphans = ownContainers(release, facts)
    .filter((fact) => !verdicts.has(fact.service ?? ''))
    .map((fact): Action => {
      const reason = `${release.service} no longer has it`;
      return { kind: 'container', verb: 'remove', target: fact.name, reason };
    });
  return [...judged, ...orphans];
}

/** Which models a program holds is not a fact of the host: the record says what was pulled into which directory. */
function planModels(release: Release, facts: HostFacts): Action[] {
  const stores = release.directories.filter(({ purpose }) => purpose !== 'config');
  const isEmpty = (path: string): boolean => {
    const fact = facts.paths[path];
    return fact === undefined || (fact.kind === 'directory' && fact.isEmpty);
  };
  const isEmptied = stores.length > 0 && stores.every(({ path }) => isEmpty(path));
  const pulled = facts.services[release.service]?.current?.models ?? [];
  return release.pullModels.map((target) =>
    !isEmptied && pulled.includes(target)
      ? { kind: 'model', verb: 'keep', target, reason: 'it was pulled' }
      : { kind: 'model', verb: 'create', target, reason: 'not pulled yet' },
  );
}

function planRecord(
  release: Release,
  facts: HostFacts,
  isQuiet: boolean,
  isReplaced: boolean,
): Action {
  const service = facts.services[release.service];
  const target = releaseId(release.contentHash);
  const action = { kind: 'release' as const, target };
  if (service?.pending !== undefined && service.running !== undefined) {
    const reason = `${service.running} goes on; this plan is of the midst of it`;
    return { ...action, verb: 'update', reason };
  }
  if (service?.pending !== undefined) {
    const reason = `an interrupted deploy of ${service.pending.release} is finished`;
    return { ...action, verb: 'update', reason };
  }
  const current = service?.current;
  if (current === undefined)
    return { ...action, verb: 'create', reason: 'there is no record of one' };
  if (current.contentHash !== release.contentHash) {
    return {
      ...action,
      verb: 'update',
      reason: 'another release',
      before: current.release,
      after: target,
    };
  }
  if (isQuiet)
    return { ...action, verb: 'keep', reason: `deployed ${current.when} by ${current.who}` };
  const reason = isReplaced ? 'its containers are made anew' : 'the host differs from it';
  return { ...action, verb: 'update', reason };
}
