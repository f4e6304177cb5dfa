import type { Release } from '@ai-stack/core';
import {
  deployReleases,
  planDeploy,
  plansOf,
  restoreImages,
  throwBlocked,
  type DeployResult,
} from '@ai-stack/deploy';
import type { Context } from '../../frame/on-stack';
import type { FlagsOf } from '../../options/flags';
import { changeOptions } from './change-options';
import type { Target } from './rollback-targets';
import { watchChange } from './watch-change';
import { withLocks } from './with-locks';
import { rollbackAgain } from './words';

/**
 * Deploys kept releases with the images that were kept with them. What stands in its way is said before anything is
 * touched. Throws StackErrors.
 */
export async function rollBack(
  context: Context,
  targets: readonly Target[],
  flags: FlagsOf<'rollback'>,
): Promise<DeployResult> {
  const { call } = context;
  const earlier = withTargets(context, targets);
  const options = {
    ...(await changeOptions(earlier, 'rollback', commitOf(targets), flags)),
    ...{ orphansOf: [], isProved: true, dryRun: false },
  };
  const opens = [...new Set(targets.map(({ open }) => open))];
  return watchChange(call, flags, rollbackAgain(call, flags), async (watch) => {
    throwBlocked(plansOf(await planDeploy(options)), options.allow);
    return withLocks(opens, earlier.releases, options.lock, call.terminal, async (locks) => {
      for (const { open, manifest, release } of targets)
        await restoreImages(open.engine, release, manifest.release);
      return deployReleases({ ...options, ...watch, locks });
    });
  });
}

/**
 * The releases are the earlier ones, in the environment too, so that the secrets are those that they name. Pure.
 */
export function withTargets(context: Context, targets: readonly Target[]): Context {
  const releases = targets.map(({ release }) => release);
  const isReplaced = (one: Release) =>
    releases.some(({ service, host }) => service === one.service && host === one.host);
  const others = context.stack.releases.filter((one) => !isReplaced(one));
  const stack = { ...context.stack, releases: [...others, ...releases] };
  return { ...context, releases, stack };
}

/** The commit from which the targets were rendered; null when there are several. Pure. */
export function commitOf(targets: readonly Pick<Target, 'manifest'>[]): string | null {
  const commits = new Set(targets.map(({ manifest }) => manifest.commit));
  const [commit = null] = commits.size === 1 ? commits : [];
  return commit;
}
