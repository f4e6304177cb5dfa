import type { Plan, Release } from '@ai-stack/core';
import { exitCodes, labels, StackError } from '@ai-stack/core';
import type { NetworkRequest } from '@ai-stack/docker';
import { redact } from '@ai-stack/secrets';
import { pullImages } from './apply/containers';
import { connectToService } from './apply/connect';
import { runStep, type ApplyHooks } from './apply/context';
import { applyPlan } from './apply/apply-plan';
import type { OpenHost } from './facts/collect-all';
import { removeService } from './destroy';
import { acquireLocks, type Locks, type LockOptions } from './lock/acquire';
import {
  planDeploy,
  plansOf,
  throwBlocked,
  type PlannedDeploy,
  type PlanOptions,
} from './plan/plan-deploy';
import { removableOrphans } from './plan/orphans';
import { ofKind } from './plan/change';
import { isSettled, type PlannedRelease } from './plan/plan-release';
import { releaseId } from './state-files';
import type { OnProgress, Outcome } from './progress';
import type { Author } from './apply/manifest';
import { recordConverged } from './converged';
import { rollBackToPrevious, type ReturnDeps } from './apply/roll-back';
import { runInOrder, type Task } from './run-in-order';
import { explainAllOrNothing, throwUnreachable } from './facts/unreachable';

export interface DeployOptions extends PlanOptions {
  /** Services by the services that they need. */
  needs: Readonly<Record<string, readonly string[]>>;
  dryRun: boolean;
  who: string;
  /** The commit that was rendered; null: unknown or dirty. */
  commit: string | null;
  onProgress: OnProgress;
  /** Called once, with what is about to be done. */
  onPlan?: (plans: readonly Plan[]) => void;
  /** By service. */
  hooks: Readonly<Record<string, ApplyHooks>>;
  /** Waits until a reloaded file shows its new content from outside. */
  verifyReload: (release: Release, file: string, serial: number | undefined) => Promise<void>;
  /** Whether the code of a deploy is the same at another commit as in the work tree. */
  isSameCode: (commit: string) => Promise<boolean>;
  lock: Omit<LockOptions, 'onBusy'>;
  /** Locks that were acquired already, of everything that may change; they are not released here. */
  locks?: Locks;
  /** Asks a service itself, by its probes, whether it works; throws a StackError when it does not. */
  verify: (release: Release) => Promise<void>;
  /** Whether every changed release is verified, and not only one that was rolled back. */
  isVerified?: boolean;
}

export interface DeployResult {
  plans: Plan[];
  /** Empty with `dryRun`. */
  outcomes: Outcome[];
}

/** How often a deploy plans again because another operator changed something between its plan and its lock. */
const attempts = 3;

/**
 * Facts of all hosts, all plans, the locks, then all changes: hosts in parallel, a service after those that it needs.
 * Throws StackErrors before the first change; later failures are outcomes. An empty plan locks and touches nothing.
 */
export async function deployReleases(options: DeployOptions): Promise<DeployResult> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const planned = await planDeploy(options);
    const plans = plansOf(planned);
    if (planned.unreachable.length > 0) options.onPlan?.(plans);
    throwUnreachable(planned.unreachable, [whyNothing(options, planned)]);
    if (options.dryRun) return { plans, outcomes: [] };
    throwBlocked(plans, options.allow);
    options.onPlan?.(plans);
    if (options.locks !== undefined) return applyAll(planned, options.locks, options);
    const locks = await lockPlanned(planned, options);
    try {
      if (isStillTrue(planned, locks, options)) return await applyAll(planned, locks, options);
    } finally {
      await locks.release();
    }
  }
  throw new StackError('another deploy keeps changing these services', {
    fix: 'wait until it is done, then deploy again',
    exitCode: exitCodes.locked,
  });
}

function whyNothing(
  { environment, releases, placed }: DeployOptions,
  { unreachable }: PlannedDeploy,
): StackError {
  return explainAllOrNothing(environment, releases, placed, unreachable);
}

/** The locks of everything that is about to change, on every host. */
async function lockPlanned(planned: PlannedDeploy, options: DeployOptions): Promise<Locks> {
  const busy = busyParts(planned);
  const targets = options.hosts.map((open) => ({
    connection: open.connection,
    directories: busy
      .filter(({ host }) => host === open.host.name)
      .map(({ service }) => directoryOf(open, service)),
  }));
  const onBusy = (host: string, text: string): void =>
    options.onProgress({ kind: 'step', host, service: 'lock', step: 'lock', text });
  return acquireLocks(targets, { ...options.lock, onBusy });
}

/** What changes something, as service and host. */
function busyParts({ releases, orphans }: PlannedDeploy): Pick<Plan, 'service' | 'host'>[] {
  const busy = releases.filter((release) => !isSettled(release));
  return [...busy.map(({ release }) => release), ...orphans];
}

const directoryOf = ({ host }: OpenHost, service: string): string => `${host.stackRoot}/${service}`;

/** Whether no other operator acquired one of the locks since the facts were read: then the plan is still valid. */
function isStillTrue(planned: PlannedDeploy, locks: Locks, options: DeployOptions): boolean {
  return busyParts(planned).every(({ host, service }) => {
    const plannedFence =
      planned.facts.find((facts) => facts.host === host)?.services[service]?.fence ?? 0;
    const directory = directoryOf(openHost(options.hosts, host), service);
    return locks.fenceBefore(host, directory) === plannedFence;
  });
}

async function applyAll(
  planned: PlannedDeploy,
  locks: Locks,
  options: DeployOptions,
): Promise<DeployResult> {
  const author: Author = {
    commit: options.commit,
    who: options.who,
    when: options.clock().toISOString(),
  };
  const run = { options, planned, locks, author, ensureNetwork: openNetworks(options) };
  const now = (): number => options.clock().getTime();
  const reportOutcome = (outcome: Outcome): void => {
    const { host, service } = outcome;
    options.onProgress({ kind: 'outcome', host, service, outcome });
  };
  const tasks = planned.releases.map((release) => releaseTask(release, run));
  const outcomes = await runInOrder(tasks, options.needs, now, reportOutcome);
  const deployed = {
    planned,
    onHosts: options.releasesOnHosts ?? [],
    isSameCode: options.isSameCode,
  };
  await recordConverged(options.hosts, deployed, author);
  const removable = removableOrphans(planned.orphans, outcomes, options.needs);
  const removals = removable.map((orphan) => orphanTask(orphan, run));
  const removed = await runInOrder(removals, {}, now, reportOutcome);
  return { plans: plansOf(planned), outcomes: [...outcomes, ...removed] };
}

interface Run {
  options: DeployOptions;
  planned: PlannedDeploy;
  locks: Locks;
  author: Author;
  ensureNetwork: (host: OpenHost, network: NetworkRequest) => Promise<void>;
}

function releaseTask(planned: PlannedRelease, run: Run): Task {
  const { host, service, contentHash } = planned.release;
  const deps = withPull(planned, depsOf(planned, run));
  return {
    host,
    service,
    release: releaseId(contentHash),
    isNew: ofKind(planned.changes, 'container').every(({ verb }) => verb === 'create'),
    run: async (onStarted) => {
      if (isSettled(planned)) return 'unchanged';
      let isStarted = false;
      const onStart = () => (isStarted = true);
      const all = { ...deps, onStart, onStarted };
      try {
        await applyPlan(planned, all);
        if (run.options.isVerified === true) await deps.verify(planned.release);
      } catch (error) {
        throw await rollBackToPrevious(error, planned, all, isStarted);
      }
      return 'changed';
    },
  };
}

/**
 * Begins to pull all images now, so that a service that waits for others has its image when its turn comes; running
 * containers are not touched. A failed pull is reported at that turn.
 */
function withPull(planned: PlannedRelease, deps: ReturnDeps): ReturnDeps {
  if (isSettled(planned)) return deps;
  const pulled = runStep(pullImages, { planned, deps });
  pulled.catch(() => undefined);
  return { ...deps, pulled };
}

/** A service that moved leaves its old host once it runs on the new one. */
function orphanTask(plan: Plan, { options, planned, locks }: Run): Task {
  const { host, service, release } = plan;
  return {
    host,
    service,
    release,
    run: async () => {
      const facts = planned.facts.find((hostFacts) => hostFacts.host === host);
      const open = openHost(options.hosts, host);
      if (facts === undefined) return 'unchanged';
      options.onProgress({
        kind: 'step',
        host,
        service,
        step: 'remove',
        text: `removing release ${plan.release}`,
      });
      await removeService(open, service, facts, locks.fence(host, directoryOf(open, service)));
      return 'changed';
    },
  };
}

function depsOf(planned: PlannedRelease, run: Run): ReturnDeps {
  const { options } = run;
  const { release } = planned;
  const open = openHost(options.hosts, release.host);
  const secrets = [...run.planned.secretsOf(release).values()];
  return {
    connection: open.connection,
    engine: open.engine,
    dataRoot: open.host.dataRoot,
    stackRoot: open.host.stackRoot,
    author: run.author,
    fence: run.locks.fence(release.host, release.stackDirectory),
    signal: run.locks.signal,
    ensureNetwork: (network) => run.ensureNetwork(open, network),
    verifyReload: (file, serial) => options.verifyReload(release, file, serial),
    hooks: options.hooks[release.service] ?? {},
    connect: (port) => connectToService(release, open, port),
    verify: options.verify,
    planAnother: run.planned.planAnother,
    mask: (text) => redact(text, secrets),
    onProgress: options.onProgress,
  };
}

/** Docker lets two networks have one name, so each is made once per host. */
function openNetworks({ environment }: DeployOptions): Run['ensureNetwork'] {
  const made = new Map<string, Promise<void>>();
  return ({ host, engine }, network) => {
    const key = `${host.name} ${network.name}`;
    const creation =
      made.get(key) ?? engine.createNetwork(network, { [labels.environment]: environment });
    made.set(key, creation);
    return creation;
  };
}

function openHost(hosts: readonly OpenHost[], name: string): OpenHost {
  const match = hosts.find(({ host }) => host.name === name);
  if (match === undefined) throw new Error(`no connection to ${name}`);
  return match;
}
