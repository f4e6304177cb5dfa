import {
  badInput,
  exitCodes,
  nxRun,
  StackError,
  throwAll,
  type ExitCode,
  type Release,
} from '@ai-stack/core';
import {
  deployReleases,
  holdLocks,
  listReleases,
  planDeploy,
  plansOf,
  readRelease,
  restoreImages,
  throwBlocked,
  type DeployResult,
  type Manifest,
  type OnProgress,
  type OpenHost,
} from '@ai-stack/deploy';
import { formatOutcomes } from '@ai-stack/report';
import { isSameCode, readWho } from '../../context/author';
import { proveRelease } from '../../probes/ask-deps';
import { announce, verboseLog, type Call } from '../../context/call';
import { counted, withInterrupt, type WorkDone } from '../../terminal/interrupt';
import { lockOptions } from '../../context/lock-options';
import { openHosts, planOptions, sessionHosts } from '../../context/plan-options';
import { withProgress } from '../../terminal/progress';
import { proveReload } from '../../probes/prove-reload';
import { withSession, type Session } from '../../context/session';
import { readStack, selectReleases, type Stack } from '../../context/stack';
import { lookOf } from '../../terminal/terminal';
import { formatPlans, needsOf } from './deploy';

interface Flags {
  to?: string;
  allow?: string[];
  lockTimeout?: number;
}

interface Target {
  open: OpenHost;
  manifest: Manifest;
  release: Release;
}

/**
 * Brings back an earlier release of the named services: its files, images and definition together, with the secrets of
 * today. What runs afterwards is proved. The repository still describes the later one, and `plan` says so.
 */
export async function runRollback(call: Call, flags: Flags): Promise<ExitCode> {
  if (call.services.length === 0) {
    throw badInput('rollback wants the services by name', {
      fix: nxRun(call.environment, '<service>:rollback'),
    });
  }
  const stack = await readStack(call.root, call.environment, call.variables);
  const selected = selectReleases(stack, call);
  announce(call, stack, selected);
  const hosts = { ...sessionHosts(call, stack, selected), log: verboseLog(call) };
  const result = await withSession(call, hosts, async (session) => {
    const targets = await findTargets(stack, selected, session, flags.to);
    return rollBack(call, flags, stack, session, targets);
  });
  if (call.json) call.terminal.out(JSON.stringify(result, null, 2));
  else call.terminal.out(`\n${formatOutcomes(result.outcomes, lookOf(call.terminal))}`);
  return result.outcomes.some(({ state }) => state === 'failed' || state === 'skipped')
    ? exitCodes.failed
    : exitCodes.done;
}

async function rollBack(
  call: Call,
  flags: Flags,
  stack: Stack,
  session: Session,
  targets: readonly Target[],
): Promise<DeployResult> {
  const releases = targets.map(({ release }) => release);
  const isReplaced = (one: Release) =>
    releases.some(({ service, host }) => service === one.service && host === one.host);
  // The secrets are those that the earlier release names.
  const wanted = {
    ...stack,
    releases: [...stack.releases.filter((one) => !isReplaced(one)), ...releases],
  };
  const commits = new Set(targets.map(({ manifest }) => manifest.commit));
  const [commit = null] = commits.size === 1 ? commits : [];
  const lock = lockOptions(call, 'rollback', commit, flags.lockTimeout);
  const work = async (done: WorkDone, onProgress: OnProgress) => {
    const deploy = {
      ...planOptions(call, wanted, releases, session, flags.allow ?? []),
      orphansOf: [],
      needs: needsOf(stack),
      who: readWho(),
      commit,
      onProgress: counted(done, onProgress),
      proveReload: proveReload(stack, session),
      isSameCode: isSameCode(call.root),
      prove: proveRelease(call, stack, session),
      isProved: true,
      lock,
    };
    // What stands in its way is said before anything is touched.
    await refuseBlocked(deploy);
    const locks = await holdLocks(lockTargets(targets), {
      ...lock,
      onBusy: (host, text) => call.terminal.err(`${host}: ${text}`),
    });
    try {
      for (const { open, manifest, release } of targets)
        await restoreImages(open.engine, release, manifest.release);
      return await deployReleases({
        ...deploy,
        dryRun: false,
        locks,
        onPlan: (plans) => {
          done.plan(plans);
          if (!call.json) call.terminal.out(formatPlans(plans, flags, lookOf(call.terminal)));
        },
      });
    } finally {
      await locks.release();
    }
  };
  const services = call.services.map((name) => nxRun(call.environment, `${name}:rollback`));
  return withInterrupt(call.terminal, services.join(' && '), (done) =>
    withProgress(call.terminal, (onProgress) => work(done, onProgress), call.verbose),
  );
}

async function refuseBlocked(deploy: Parameters<typeof planDeploy>[0]): Promise<void> {
  throwBlocked(plansOf(await planDeploy(deploy)), deploy.allow);
}

function lockTargets(targets: readonly Target[]) {
  const opens = [...new Set(targets.map(({ open }) => open))];
  return opens.map((open) => ({
    connection: open.connection,
    folders: targets
      .filter((target) => target.open === open)
      .map(({ release }) => release.stackDirectory),
  }));
}

/** For each service on each host the release to which it goes; all that is not kept is said at once. */
async function findTargets(
  stack: Stack,
  selected: readonly Release[],
  session: Session,
  to: string | undefined,
): Promise<Target[]> {
  const open = openHosts(stack, session);
  const found = await Promise.all(
    selected.map(async ({ service, host, stackDirectory }) => {
      const one = open.find((candidate) => candidate.host.name === host);
      if (one === undefined) return [];
      const kept = await listReleases(one.connection, stackDirectory);
      const [, previous] = kept;
      const manifest = to === undefined ? previous : kept.find(({ release }) => release === to);
      if (manifest === undefined) return [notKept(service, host, kept, to)];
      const release = await readRelease(one.connection, stackDirectory, manifest.release);
      return [{ open: one, manifest, release }];
    }),
  );
  const targets: Target[] = [];
  const errors: StackError[] = [];
  for (const one of found.flat()) {
    if (one instanceof StackError) errors.push(one);
    else targets.push(one);
  }
  throwAll(errors);
  return targets;
}

function notKept(
  service: string,
  host: string,
  kept: readonly Manifest[],
  to: string | undefined,
): StackError {
  const what =
    to === undefined ? 'there is no earlier release to return to' : `release ${to} is not kept`;
  const others = kept.slice(1).map(({ release, when }) => `${release} (${when})`);
  return badInput(what, {
    where: { service, host },
    fix:
      others.length === 0
        ? 'check out the commit that you want back, and deploy it'
        : `--to takes ${others.join(', ')}`,
  });
}
