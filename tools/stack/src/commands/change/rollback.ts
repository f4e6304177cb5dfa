import { exitCodes } from '@ai-stack/core';
import type { DeployResult } from '@ai-stack/deploy';
import { formatOutcomes } from '@ai-stack/report';
import { hostsInNeed } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { isStopped } from './plans';
import { findTargets } from './rollback-targets';
import { rollBack } from './rollback-releases';
import { refuseUnnamed } from './words';

/**
 * Rolls the named services back to an earlier release: its files, images and definition together, with the current
 * secrets. What runs afterwards is verified. The repository still describes the later one, and `plan` says so.
 */
export const rollback: Command<'rollback', DeployResult> = {
  work: onStack({
    refuse: (call) => refuseUnnamed(call, 'rollback'),
    hosts: hostsInNeed,
    run: async (context, flags) => {
      const targets = await findTargets(context, flags.to);
      return rollBack(context, targets, flags);
    },
  }),
  text: ({ outcomes }, { look }) => `\n${formatOutcomes(outcomes, look)}`,
  end: ({ outcomes }) => (isStopped(outcomes) ? exitCodes.failed : exitCodes.done),
};
