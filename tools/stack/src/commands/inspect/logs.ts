import { absenceOf, throwUnreachable, type UnreachableHost } from '@ai-stack/deploy';
import { formatUnreachable } from '@ai-stack/report';
import { selectedWhereReached } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { askReleases } from './ask-releases';
import { printLogs } from './print-logs';

/**
 * Prints what the containers wrote, each line with its service and host in front. A host that does not answer is named
 * before the lines of the others, which may go on for long, and fails the command after them.
 */
export const logs: Command<'logs', UnreachableHost[]> = {
  work: onStack({
    hosts: selectedWhereReached,
    run: async ({ call, releases, session }, flags) => {
      for (const host of session.unreachable)
        call.terminal.err(`unreachable: ${formatUnreachable(host.host, absenceOf(host))}`);
      const { unreachable } = await askReleases(
        releases,
        session,
        (release, connection) => printLogs(call, flags, release, connection),
        new Date(),
      );
      return unreachable;
    },
  }),
  end: (unreachable) => {
    throwUnreachable(unreachable);
  },
};
