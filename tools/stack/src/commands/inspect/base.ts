import { collectAllFacts } from '@ai-stack/deploy';
import { baseAsJson, explainBase, type BaseResult } from '../../base/format-base';
import { findBase, stateOf } from '../../base/find-base';
import { emptyTree, readHistory } from '../../base/read-history';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';

/**
 * Prints the base for `nx affected -t deploy`, and nothing else, on standard output; why goes to standard error.
 * Where the hosts cannot be asked it prints the empty tree, from which everything is affected, and ends with 1: an
 * empty answer would make Nx compare with the main branch, which misses what failed before.
 */
export const base: Command<'base', BaseResult> = {
  work: async (call, flags) => {
    try {
      const states = await askStates(call, flags);
      const verdict = await findBase(states, await readHistory(call.root));
      if (!call.json) call.terminal.err(explainBase(verdict));
      return { states, verdict };
    } catch (error) {
      if (!call.json) call.terminal.out(emptyTree);
      throw error;
    }
  },
  text: ({ verdict }) => verdict.base ?? emptyTree,
  json: baseAsJson,
};

const askStates = onStack<'base', BaseResult['states']>({
  select: ({ releases }) => releases,
  isSilent: true,
  hosts: ({ stack }) => ({
    required: stack.environment.hosts.filter(({ services }) => services.length > 0),
  }),
  run: async ({ call, releases, hosts }) => {
    const facts = await collectAllFacts(hosts, []);
    return releases.map((release) => stateOf(call.environment, release, facts));
  },
});
