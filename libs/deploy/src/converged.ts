import type { Release } from '@ai-stack/core';
import type { OpenHost } from './facts/collect-all';
import type { ServiceFacts } from './facts/host-facts';
import { formatState, releaseId } from './state-files';
import type { PlannedDeploy } from './plan/plan-deploy';
import { isSettled } from './plan/plan-release';
import type { Author } from './apply/manifest';

/** Pairs of state directory and the content of its `converged.json`. */
const convergedScript = `set -eu
umask 077
while [ $# -gt 0 ]; do
  printf '%s\\n' "$2" >"$1/converged.json.new"
  mv -f -- "$1/converged.json.new" "$1/converged.json"
  shift 2
done`;

interface Seen {
  planned: Pick<PlannedDeploy, 'facts' | 'releases'>;
  /** All releases of the environment on these hosts, those that were not selected among them. */
  onHosts: readonly Release[];
  /** Whether the code of a deploy is the same at another commit as now. */
  isSameCode: (commit: string) => Promise<boolean>;
}

/**
 * Records on each host which other services are up to date with this commit, too: those whose plan was empty, and those
 * that were not selected but render the same release with the same code. One script per host, and none where that is
 * recorded already. A dirty work tree records nothing.
 */
export async function recordConverged(
  hosts: readonly OpenHost[],
  seen: Seen,
  { commit, when }: Author,
): Promise<void> {
  if (commit === null) return;
  const upToDate = [...equalReleases(seen), ...(await unaffectedReleases(seen))];
  const marks = upToDate.flatMap((release) => {
    const converged = stateOf(seen, release)?.converged;
    const id = releaseId(release.contentHash);
    if (converged?.commit === commit && converged.release === id) return [];
    return [{ release, state: { version: 1 as const, commit, release: id, when } }];
  });
  const written = hosts.map(async ({ host, connection }) => {
    const hostMarks = marks.filter(({ release }) => release.host === host.name);
    if (hostMarks.length === 0) return;
    const args = hostMarks.flatMap(({ release, state }) => [
      `${release.stackDirectory}/.stack`,
      formatState(state).trimEnd(),
    ]);
    await connection.script(convergedScript, args, {
      doing: `recording that it is up to date with commit ${commit}`,
    });
  });
  await Promise.all(written);
}

function equalReleases({ planned }: Seen): Release[] {
  return planned.releases
    .filter((release) => isSettled(release) && release.blocked.length === 0)
    .map(({ release }) => release);
}

/** Drift does not matter here: the question is what a commit changed, not what changed on a host. */
async function unaffectedReleases(seen: Seen): Promise<Release[]> {
  const selected = seen.planned.releases.map(({ release }) => release);
  const others = seen.onHosts.filter((release) => !selected.includes(release));
  const compared = await Promise.all(
    others.map(async (release) => {
      const state = stateOf(seen, release);
      const { current, converged, journal } = state ?? {};
      const isSame =
        journal === undefined &&
        current?.environment === release.environment &&
        current.contentHash === release.contentHash;
      if (!isSame || converged?.commit === undefined || converged.commit === null) return [];
      return (await seen.isSameCode(converged.commit)) ? [release] : [];
    }),
  );
  return compared.flat();
}

function stateOf({ planned }: Seen, release: Release): ServiceFacts | undefined {
  return planned.facts.find(({ host }) => host === release.host)?.services[release.service];
}
