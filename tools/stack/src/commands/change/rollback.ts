import { exitCodes } from '@ai-stack/core';
import {
  commitOf,
  findRollbackTargets,
  rollBack,
  withEarlier,
  type DeployResult,
} from '@ai-stack/deploy';
import { formatOutcomes } from '@ai-stack/report';
import { hostsInNeed } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { changeOptions } from './change-options';
import { isStopped } from './plans';
import { watchChange } from './watch-change';
import { refuseUnnamed, rollbackAgain } from './words';

/** Brings back an earlier release of the named services. The repository still describes the later one; `plan` says so. */
export const rollback: Command<'rollback', DeployResult> = {
  work: onStack({
    refuse: (call) => refuseUnnamed(call, 'rollback'),
    hosts: hostsInNeed,
    run: async (context, flags) => {
      const { call, stack } = context;
      const targets = await findRollbackTargets(context.releases, context.hosts, flags.to);
      const releases = targets.map(({ release }) => release);
      const all = { ...stack, releases: withEarlier(stack.releases, targets) };
      const earlier = { ...context, releases, stack: all };
      const options = await changeOptions(earlier, 'rollback', commitOf(targets), flags);
      return watchChange(call, flags, rollbackAgain(call, flags), (watch) =>
        rollBack(targets, { ...options, ...watch }),
      );
    },
  }),
  text: ({ outcomes }, { look }) => `\n${formatOutcomes(outcomes, look)}`,
  end: ({ outcomes }) => (isStopped(outcomes) ? exitCodes.failed : exitCodes.done),
};
