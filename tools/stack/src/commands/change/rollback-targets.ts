import { badInput, StackError, throwAll, type Release } from '@ai-stack/core';
import { listReleases, readRelease, type Manifest, type OpenHost } from '@ai-stack/deploy';
import type { Context } from '../../frame/on-stack';

/** The release to which one service on one host goes back. */
export interface Target {
  open: OpenHost;
  manifest: Manifest;
  release: Release;
}

/** For each service on each host the release to which it goes; all that is not kept is said at once. */
export async function findTargets(
  { releases, hosts }: Pick<Context, 'releases' | 'hosts'>,
  to: string | undefined,
): Promise<Target[]> {
  const found = await Promise.all(
    releases.map(async (release) => {
      const open = hosts.find(({ host }) => host.name === release.host);
      return open === undefined ? [] : [await findTarget(release, open, to)];
    }),
  );
  const targets: Target[] = [];
  const errors: StackError[] = [];
  for (const result of found.flat()) {
    if (result instanceof StackError) errors.push(result);
    else targets.push(result);
  }
  throwAll(errors);
  return targets;
}

async function findTarget(
  { service, host, stackDirectory }: Release,
  open: OpenHost,
  to: string | undefined,
): Promise<Target | StackError> {
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
