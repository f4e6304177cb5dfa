import type { DestroyPlan } from '@ai-stack/deploy';
import { selectReleases } from '../../context/stack';
import { selectedHosts } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { confirmData, neededBy, refuseIdleConfirm, refuseManyWithData } from './destroy-words';
import { destroyServices, planServices } from './destroy-services';
import { formatDestroy } from './destroy-text';
import { refuseUnnamed } from './words';

/** Stops and removes the named services; their data stays unless --data and the name are given. */
export const destroy: Command<'destroy', DestroyPlan[] | undefined> = {
  work: onStack({
    refuse: (call, flags) => {
      refuseUnnamed(call, 'destroy');
      refuseManyWithData(call, flags);
      refuseIdleConfirm(flags);
    },
    // What is needed goes last.
    select: (stack, call) => selectReleases(stack, call).reverse(),
    before: async ({ call, stack, releases }, flags) => {
      for (const text of neededBy(stack, call.services)) call.terminal.err(text);
      return { name: await confirmData(call.terminal, releases, flags) };
    },
    hosts: selectedHosts,
    run: async (context, flags, { name }) => {
      if (flags.dryRun === true) return planServices(context, flags);
      await destroyServices(context, flags, name);
      return undefined;
    },
  }),
  // Each service that is gone was said at once.
  text: (plans) => plans?.map(formatDestroy).join('\n'),
};
