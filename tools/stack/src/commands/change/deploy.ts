import { exitCodes } from '@ai-stack/core';
import { deployReleases, type DeployResult } from '@ai-stack/deploy';
import { readCommit } from '../../context/author';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { planning } from '../../frame/plan-options';
import { changeOptions } from './change-options';
import { formatChange, isPlanBlocked, isStopped, showPlans } from './plans';
import { deployAgain, refuseManyReplaced } from './words';
import { watchChange } from './watch-change';

/** Plans, shows the plan, applies it, and prints what came of it; fails when any host or service failed. */
export const deploy: Command<'deploy', DeployResult> = {
  work: onStack({
    ...planning,
    refuse: refuseManyReplaced,
    // Git looks at every file; the logins and the reading of the environment go on meanwhile.
    begin: ({ root }) => ({ commit: readCommit(root) }),
    run: async (context, flags, { commit }) => {
      const { call } = context;
      const { dryRun = false, replace } = flags;
      const options = {
        ...(await changeOptions(context, 'deploy', await commit, flags)),
        ...{ dryRun, replace: replace === true ? call.services[0] : undefined },
      };
      const result = await watchChange(call, flags, deployAgain(call, flags), (watch) =>
        deployReleases({ ...options, ...watch }),
      );
      if (dryRun) showPlans(call, result.plans, flags);
      return result;
    },
  }),
  text: (result, { look }) => formatChange(result, look),
  end: ({ plans, outcomes }, { flags: { dryRun, allow } }) => {
    if (dryRun === true && isPlanBlocked(plans, allow)) return exitCodes.badInput;
    return isStopped(outcomes) ? exitCodes.failed : exitCodes.done;
  },
};
