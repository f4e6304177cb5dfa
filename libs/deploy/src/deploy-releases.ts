import type { Plan, Release } from '@ai-stack/core';
import { isEmptyPlan, labels } from '@ai-stack/core';
import { withoutLock, type ApplyDeps, type WithLock } from './apply-deps';
import { redact } from '@ai-stack/secrets';
import { applyPlan } from './apply-plan';
import type { OpenHost } from './collect-all';
import { removeService } from './destroy';
import { openOllama } from './open-ollama';
import {
  planDeploy,
  plansOf,
  throwBlocked,
  type PlannedDeploy,
  type PlanOptions,
} from './plan-deploy';
import { removableOrphans } from './plan-orphans';
import type { PlannedRelease } from './plan-release';
import type { OnProgress, Outcome } from './progress';
import { pullModel } from './pull-model';
import type { Author } from './render-manifest';
import { recordConverged } from './record-converged';
import { runInOrder, type Task } from './run-in-order';

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
  /** Waits until a reloaded file shows its new content from outside. */
  proveReload: (release: Release, file: string, serial: number | undefined) => Promise<void>;
  /** Whether the code behind a deploy is the same at another commit as in the work tree. */
  isSameCode: (commit: string) => Promise<boolean>;
  withLock?: WithLock;
}

export interface DeployResult {
  plans: Plan[];
  /** Empty with `dryRun`. */
  outcomes: Outcome[];
}

/**
 * Facts of all hosts, all plans, then all changes: hosts side by side, a service behind those that it needs. Throws
 * StackErrors before the first change; later failures are outcomes. An empty plan touches nothing.
 */
export async function deployReleases(options: DeployOptions): Promise<DeployResult> {
  const planned = await planDeploy(options);
  const plans = plansOf(planned);
  if (options.dryRun) return { plans, outcomes: [] };
  throwBlocked(plans, options.allow);
  options.onPlan?.(plans);
  const author: Author = {
    commit: options.commit,
    who: options.who,
    when: options.clock().toISOString(),
  };
  const run = { options, planned, author, ensureNetwork: openNetworks(options) };
  const now = (): number => options.clock().getTime();
  const tell = (outcome: Outcome): void => {
    const { host, service } = outcome;
    options.onProgress({ kind: 'outcome', host, service, outcome });
  };
  const tasks = planned.releases.map((release) => releaseTask(release, run));
  const outcomes = await runInOrder(tasks, options.needs, now, tell);
  const seen = {
    planned,
    onHosts: options.releasesOnHosts ?? [],
    isSameCode: options.isSameCode,
  };
  await recordConverged(options.hosts, seen, author);
  const removable = removableOrphans(planned.orphans, outcomes, options.needs);
  const removals = removable.map((orphan) => orphanTask(orphan, run));
  return { plans, outcomes: [...outcomes, ...(await runInOrder(removals, {}, now, tell))] };
}

interface Run {
  options: DeployOptions;
  planned: PlannedDeploy;
  author: Author;
  ensureNetwork: (host: OpenHost, name: string) => Promise<void>;
}

function releaseTask(planned: PlannedRelease, run: Run): Task {
  const { plan } = planned;
  return {
    host: plan.host,
    service: plan.service,
    release: plan.release,
    run: async () => {
      if (isEmptyPlan(plan)) return 'unchanged';
      await applyPlan(planned, depsOf(planned, run));
      return 'changed';
    },
  };
}

/** A service that moved leaves its old host once it runs on the new one. */
function orphanTask(plan: Plan, { options, planned }: Run): Task {
  const { host, service, release } = plan;
  return {
    host,
    service,
    release,
    run: async () => {
      const facts = planned.facts.find((one) => one.host === host);
      const open = openHost(options.hosts, host);
      if (facts === undefined) return 'unchanged';
      options.onProgress({
        kind: 'step',
        host,
        service,
        step: 'remove',
        text: `removing release ${plan.release}`,
      });
      const lock = options.withLock ?? withoutLock;
      const folder = `${open.host.stackRoot}/${service}`;
      await lock(open.connection, folder, () => removeService(open, service, facts));
      return 'changed';
    },
  };
}

function depsOf(planned: PlannedRelease, run: Run): ApplyDeps {
  const { options } = run;
  const { release } = planned;
  const open = openHost(options.hosts, release.host);
  const secrets = [...run.planned.secretsOf(release).values()];
  return {
    connection: open.connection,
    engine: open.engine,
    dataRoot: open.host.dataRoot,
    author: run.author,
    withLock: options.withLock ?? withoutLock,
    ensureNetwork: (name) => run.ensureNetwork(open, name),
    proveReload: (file, serial) => options.proveReload(release, file, serial),
    pullModel: async (model, onProgress) => {
      const socket = await openOllama(release, open);
      return pullModel(socket, model, { onProgress });
    },
    mask: (text) => redact(text, secrets),
    onProgress: options.onProgress,
  };
}

/** Docker lets two networks have one name, so each is made once per host. */
function openNetworks({ environment }: DeployOptions): Run['ensureNetwork'] {
  const made = new Map<string, Promise<void>>();
  return ({ host, engine }, name) => {
    const key = `${host.name} ${name}`;
    const known =
      made.get(key) ?? engine.createNetwork(name, { [labels.environment]: environment });
    made.set(key, known);
    return known;
  };
}

function openHost(hosts: readonly OpenHost[], name: string): OpenHost {
  const found = hosts.find(({ host }) => host.name === name);
  if (found === undefined) throw new Error(`no connection to ${name}`);
  return found;
}
