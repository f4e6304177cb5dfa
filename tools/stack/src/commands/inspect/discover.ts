import { verboseLog } from '../../context/call';
import { sshConfigFile } from '../../context/session';
import { discover as discoverHosts, formatDiscover, type DiscoverResult } from '../../discover';
import type { Command } from '../../frame/command';

/** Reads the live hosts of an environment and shows what its TODO keys could be, with the evidence. */
export const discover: Command<'discover', DiscoverResult> = {
  work: (call, { write = false }) => {
    const { root, environment, variables, hosts, json, terminal } = call;
    terminal.err(
      `environment ${environment}: reading ${hosts.join(', ') || 'all hosts'}; nothing is changed there`,
    );
    return discoverHosts({
      ...{ root, environment, variables, hosts, write },
      ...(!json && { ask: terminal.ask }),
      log: verboseLog(call),
      configFile: sshConfigFile(variables),
    });
  },
  text: formatDiscover,
};
