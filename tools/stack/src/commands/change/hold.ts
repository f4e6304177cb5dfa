import { badInput, nxRun } from '@ai-stack/core';
import { holdHosts, unholdHosts } from '@ai-stack/deploy';
import { readWho } from '../../context/author';
import { selectedHosts } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack, type Context } from '../../frame/on-stack';

/** Asks everybody not to change the hosts until `unhold`: their deploys are refused with who, when and why. */
export const hold: Command<'hold'> = {
  work: onStack({
    refuse: ({ environment }, { why = '' }) => {
      if (why.trim() !== '') return;
      throw badInput('hold needs a reason, which it shows to the operators whom it stops', {
        fix: nxRun(environment, 'stack:hold', '--why="moving the data disk"'),
      });
    },
    hosts: selectedHosts,
    run: async (context, { why = '' }) => {
      const when = new Date().toISOString();
      await holdHosts(context.hosts, { who: readWho(), when, why: why.trim() });
      return reportHosts(context, 'held');
    },
  }),
};

/** Ends every hold of the selected hosts. */
export const unhold: Command<'unhold'> = {
  work: onStack({
    hosts: selectedHosts,
    run: async (context) => {
      await unholdHosts(context.hosts);
      return reportHosts(context, 'no longer held');
    },
  }),
};

function reportHosts({ call, hosts }: Context, what: string): undefined {
  call.terminal.out(`${what}: ${hosts.map(({ host }) => host.name).join(', ')}`);
}
