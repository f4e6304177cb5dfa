import { flattenErrors, StackError, type Release, type Secret } from '@ai-stack/core';
import { composeStop } from '@ai-stack/docker';
import { parseEnvFile } from '@ai-stack/secrets';
import { reportStep, type ApplyDeps } from './context';
import { applyPlan } from './apply-plan';
import { collectHostFacts } from '../facts/collect';
import { composeProject } from './compose';
import { planCopy } from './copy-data';
import type { HostFacts } from '../facts/host-facts';
import { releaseId, type Manifest } from '../state-files';
import { migrationsBetween } from '../plan/migration';
import { ofKind } from '../plan/change';
import type { PlannedDeploy } from '../plan/plan-deploy';
import type { PlannedRelease } from '../plan/plan-release';
import { readRelease, restoreImages } from '../kept-releases';

/** `$1` state directory; standard input: what went wrong. The last two hundred lines stay. */
const failureScript = `set -eu
umask 077
{ tail -n 150 -- "$1/failures.log" 2>/dev/null || true; head -n 50; } >"$1/failures.log.new"
mv -f -- "$1/failures.log.new" "$1/failures.log"`;

/** What a rollback needs in addition to what an apply has. */
export interface ReturnDeps extends ApplyDeps {
  /** Asks the service itself whether it works again; throws a StackError when it does not. */
  verify: (release: Release) => Promise<void>;
  /** `<stackRoot>` of the host. */
  stackRoot: string;
  planAnother: PlannedDeploy['planAnother'];
}

/**
 * After a failed apply: rolls back to the release that ran before, and verifies it. Resolves with the error to report,
 * which says how that ended. When the failed release has started and may have changed data, it is stopped instead.
 */
export async function rollBackToPrevious(
  caught: unknown,
  planned: PlannedRelease,
  deps: ReturnDeps,
  isStarted: boolean,
): Promise<StackError> {
  const failure = asError(caught, planned);
  const previous = planned.facts.services[planned.release.service]?.current;
  // There is no release to roll back to: this is the first deploy, or it repaired the release that failed.
  if (previous === undefined || previous.contentHash === planned.release.contentHash)
    return failure;
  // Another operator may have the lock now, or the host is out of reach.
  if (deps.signal?.aborted === true) return failure;
  await keepFailure(failure, planned, deps);
  const steps = migrationsBetween(previous, planned.release);
  if (steps.length > 0 && isStarted)
    return stopMigrated(failure, steps[0]?.before ?? '', planned, deps);
  try {
    await applyPrevious(previous, planned, deps);
    return withOutcome(
      failure,
      `release ${previous.release} of ${previous.when} runs again, and is verified`,
      failure.fix,
    );
  } catch (error) {
    const why = flattenErrors(error)[0];
    return withOutcome(
      failure,
      `rolling back to release ${previous.release} failed: ${why?.what ?? String(error)}`,
      why?.fix ?? 'remove the cause, then deploy again',
    );
  }
}

/** The newest commit with which it is known to be up to date, which may be newer than the one that was deployed. */
function commitOf(previous: Manifest, { facts, release }: PlannedRelease): string | null {
  const converged = facts.services[release.service]?.converged;
  return converged?.release === previous.release ? converged.commit : previous.commit;
}

async function applyPrevious(
  previous: Manifest,
  planned: PlannedRelease,
  deps: ReturnDeps,
): Promise<void> {
  const { connection, engine } = deps;
  const { release } = planned;
  reportStep({ planned, deps }, 'roll-back', `rolling back to release ${previous.release}`);
  const stored = await readRelease(connection, release.stackDirectory, previous.release);
  await restoreImages(engine, stored, previous.release);
  const facts = await collectHostFacts(connection, engine, {
    stackRoot: deps.stackRoot,
    dataRoot: deps.dataRoot,
    releases: [stored],
  });
  const details = planned.facts.details;
  const secrets = todaysSecrets(stored, facts, planned);
  const back = deps.planAnother(stored, { ...facts, details }, secrets);
  const author = { ...deps.author, commit: commitOf(previous, planned) };
  await applyPlan(back, { ...deps, author, pulled: undefined });
  await deps.verify(stored);
}

/**
 * Releases contain no secret values: the current ones are used, and for a key that is no longer used the one that the
 * host kept.
 */
function todaysSecrets(
  release: Release,
  facts: HostFacts,
  { changes }: PlannedRelease,
): ReadonlyMap<string, Secret> {
  const env = facts.services[release.service]?.env;
  const today = ofKind(changes, 'env').flatMap(({ values }) => [...values]);
  return new Map([...(env === undefined ? [] : parseEnvFile(env.reveal())), ...today]);
}

async function stopMigrated(
  failure: StackError,
  before: string,
  planned: PlannedRelease,
  deps: ReturnDeps,
): Promise<StackError> {
  const { release } = planned;
  const command = composeStop(composeProject(planned));
  await deps.connection
    .script('exec "$@"', command, { before: deps.fence, timeoutMs: 180_000, doing: 'stopping it' })
    .catch(() => undefined);
  const copy = planCopy(planned, deps.dataRoot);
  const restore = (copy?.directories ?? []).map((path) => {
    const kept = `${copy?.path ?? ''}/${path.slice(path.lastIndexOf('/') + 1)}`;
    return `rm -rf ${path} && cp -a ${kept} ${path}`;
  });
  return withOutcome(
    failure,
    `it is stopped: it may have changed its data, and ${before} may not read that data`,
    `fix the cause and deploy again; or restore the copy of its data on the host: ${restore.join(' && ')}; then run its rollback with --to=${planned.facts.services[release.service]?.current?.release ?? ''}`,
  );
}

/** What failed and what it said last stays on the host, for whoever looks later. */
async function keepFailure(
  failure: StackError,
  { release }: PlannedRelease,
  deps: ApplyDeps,
): Promise<void> {
  const text = `${deps.author.when} ${deps.author.who} release ${releaseId(release.contentHash)}\n${failure.what}\n`;
  await deps.connection
    .script(failureScript, [`${release.stackDirectory}/.stack`], {
      stdin: text,
      before: deps.fence,
      timeoutMs: 10_000,
    })
    .catch(() => undefined);
}

function asError(caught: unknown, { release }: PlannedRelease): StackError {
  const where = { service: release.service, host: release.host };
  return flattenErrors(caught, where)[0] ?? new StackError(String(caught), { where });
}

function withOutcome(failure: StackError, what: string, fix: string | undefined): StackError {
  return new StackError(`${failure.what}\n${what}`, { where: failure.where, fix });
}
