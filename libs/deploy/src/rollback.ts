import { badInput, StackError, throwAll, type Release } from '@ai-stack/core';
import { deployReleases, type DeployOptions, type DeployResult } from './deploy';
import type { OpenHost } from './facts/collect-all';
import { listReleases, readRelease, restoreImages } from './kept-releases';
import { acquireLocks, type Locks } from './lock/acquire';
import { planDeploy, plansOf, throwBlocked } from './plan/plan-deploy';
import type { Manifest } from './state-files';

/** The release to which one service on one host goes back. */
interface RollbackTarget {
  open: OpenHost;
  manifest: Manifest;
  release: Release;
}

/**
 * For each release the kept one to which its service goes back: the one before it, or the one that `to` names. Throws a
 * StackError for each that its host does not keep, all at once.
 */
export async function findRollbackTargets(
  releases: readonly Release[],
  hosts: readonly OpenHost[],
  to: string | undefined,
): Promise<RollbackTarget[]> {
  const results = await Promise.all(
    releases.map(async (release) => {
      const open = hosts.find(({ host }) => host.name === release.host);
      return open === undefined ? [] : [await findTarget(release, open, to)];
    }),
  );
  const targets: RollbackTarget[] = [];
  const errors: StackError[] = [];
  for (const item of results.flat()) {
    if (item instanceof StackError) errors.push(item);
    else targets.push(item);
  }
  throwAll(errors);
  return targets;
}

/** All releases of an environment, with the earlier ones in the place of today's: secrets are those that they name. Pure. */
export function withEarlier(
  releases: readonly Release[],
  targets: readonly Pick<RollbackTarget, 'release'>[],
): Release[] {
  const earlier = targets.map(({ release }) => release);
  const isReplaced = (release: Release) =>
    earlier.some(({ service, host }) => service === release.service && host === release.host);
  return [...releases.filter((release) => !isReplaced(release)), ...earlier];
}

/** The commit from which the targets were rendered; null when there are several. Pure. */
export function commitOf(
  targets: readonly { manifest: Pick<Manifest, 'commit'> }[],
): string | null {
  const commits = new Set(targets.map(({ manifest }) => manifest.commit));
  const [commit = null] = commits.size === 1 ? commits : [];
  return commit;
}

/**
 * Deploys kept releases with the images that were kept with them, and verifies them. Whatever blocks it is reported before
 * anything is changed. Throws StackErrors.
 */
export async function rollBack(
  targets: readonly RollbackTarget[],
  options: Omit<DeployOptions, 'dryRun' | 'isVerified' | 'locks' | 'orphansOf'>,
): Promise<DeployResult> {
  const own = { ...options, orphansOf: [], isVerified: true, dryRun: false };
  throwBlocked(plansOf(await planDeploy(own)), own.allow);
  const locks = await lockTargets(targets, own);
  try {
    for (const { open, manifest, release } of targets)
      await restoreImages(open.engine, release, manifest.release);
    return await deployReleases({ ...own, locks });
  } finally {
    await locks.release();
  }
}

/** The locks of all targets. The images change before the plan is made again, so none is left out. */
function lockTargets(
  targets: readonly RollbackTarget[],
  { lock, onProgress }: Pick<DeployOptions, 'lock' | 'onProgress'>,
): Promise<Locks> {
  const opens = [...new Set(targets.map(({ open }) => open))];
  const wanted = opens.map((open) => ({
    connection: open.connection,
    directories: targets
      .filter((target) => target.open === open)
      .map(({ release }) => release.stackDirectory),
  }));
  const onBusy = (host: string, text: string): void =>
    onProgress({ kind: 'step', host, service: 'lock', step: 'lock', text });
  return acquireLocks(wanted, { ...lock, onBusy });
}

async function findTarget(
  { service, host, stackDirectory }: Release,
  open: OpenHost,
  to: string | undefined,
): Promise<RollbackTarget | StackError> {
  const kept = await listReleases(open.connection, stackDirectory);
  const [, previous] = kept;
  const manifest = to === undefined ? previous : kept.find(({ release }) => release === to);
  if (manifest === undefined) return notKept(service, host, kept, to);
  const release = await readRelease(open.connection, stackDirectory, manifest.release);
  return { open, manifest, release };
}

function notKept(
  service: string,
  host: string,
  kept: readonly Manifest[],
  to: string | undefined,
): StackError {
  const what =
    to === undefined ? 'there is no earlier release to roll back to' : `release ${to} is not kept`;
  const others = kept.slice(1).map(({ release, when }) => `${release} (${when})`);
  return badInput(what, {
    where: { service, host },
    fix:
      others.length === 0
        ? 'check out the commit to which you want to go back, and deploy it'
        : `--to takes ${others.join(', ')}`,
  });
}
