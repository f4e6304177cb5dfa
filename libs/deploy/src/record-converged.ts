import { isEmptyPlan } from '@ai-stack/core';
import { convergedScript } from './apply-scripts';
import type { OpenHost } from './collect-all';
import { formatState, type Converged } from './manifest';
import type { PlannedDeploy } from './plan-deploy';
import type { Author } from './render-manifest';

/**
 * Records on each host that the services which were found equal stand at this commit, too: one script a host, and none
 * where that is known already. A dirty work tree proves nothing, so it moves nothing.
 */
export async function recordConverged(
  hosts: readonly OpenHost[],
  { facts, releases }: Pick<PlannedDeploy, 'facts' | 'releases'>,
  { commit, when }: Author,
): Promise<void> {
  if (commit === null) return;
  const equal = releases.filter(({ plan }) => isEmptyPlan(plan) && plan.blocked.length === 0);
  const marks = equal.flatMap(({ release, plan }) => {
    const service = facts.find(({ host }) => host === release.host)?.services[release.service];
    const known = service?.converged;
    if (known?.commit === commit && known.release === plan.release) return [];
    const state: Converged = { version: 1, commit, release: plan.release, when };
    return [{ host: release.host, folder: `${release.stackDirectory}/.stack`, state }];
  });
  const written = hosts.map(async ({ host, connection }) => {
    const mine = marks.filter((mark) => mark.host === host.name);
    if (mine.length === 0) return;
    const args = mine.flatMap(({ folder, state }) => [folder, formatState(state).trimEnd()]);
    await connection.script(convergedScript, args, {
      doing: `recording that it stands at ${commit}`,
    });
  });
  await Promise.all(written);
}
