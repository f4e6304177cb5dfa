import {
  collectReachableFacts,
  throwUnreachable,
  type StatusRow,
  type UnreachableHost,
} from '@ai-stack/deploy';
import { formatStatus } from '@ai-stack/report';
import { selectedWhereReached } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { statusRows } from './status-rows';

/**
 * What runs on each host, since when and by whom, and where it differs from what was recorded. A host that does not
 * answer is shown as such, and fails the command once the others are shown.
 */
export const status: Command<'status', { rows: StatusRow[]; unreachable: UnreachableHost[] }> = {
  work: onStack({
    hosts: selectedWhereReached,
    run: async ({ call, stack, session, hosts }) => {
      const asked = await collectReachableFacts(hosts, stack.releases, new Date());
      const unreachable = [...session.unreachable, ...asked.unreachable];
      const rows = statusRows(stack, { facts: asked.facts, unreachable }, call.services);
      return { rows, unreachable };
    },
  }),
  text: ({ rows }, { look }) => formatStatus(rows, look),
  json: ({ rows }) => rows,
  end: ({ unreachable }) => {
    throwUnreachable(unreachable);
  },
};
