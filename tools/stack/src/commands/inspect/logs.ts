import { selectedHosts } from '../../frame/choose-hosts';
import type { Command } from '../../frame/command';
import { onStack } from '../../frame/on-stack';
import { printLogs } from './print-logs';

/** Prints what the containers wrote, each line with its service and host in front where there are several. */
export const logs: Command<'logs'> = {
  work: onStack({
    hosts: selectedHosts,
    run: async ({ call, releases, session: { connections } }, flags) => {
      await Promise.all(
        releases.map(async (release) => {
          const connection = connections.get(release.host);
          if (connection !== undefined) await printLogs(call, flags, release, connection);
        }),
      );
      return undefined;
    },
  }),
};
