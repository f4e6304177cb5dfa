import { discover, formatDiscover } from '../../discover';
import type { Call } from '../../context/call';
import { verboseLog } from '../../context/call';
import { sshConfigFile } from '../../context/session';

interface Flags {
  write?: boolean;
}

/** Reads the live hosts of an environment and shows what its TODO keys could be, with the evidence. */
export async function runDiscover(call: Call, flags: Flags): Promise<undefined> {
  const { root, environment, variables, hosts } = call;
  call.terminal.err(
    `environment ${environment}: reading ${hosts.join(', ') || 'all hosts'}; nothing is changed there`,
  );
  const result = await discover({
    root,
    environment,
    variables,
    hosts,
    write: flags.write ?? false,
    ...(!call.json && { ask: call.terminal.ask }),
    log: verboseLog(call),
    configFile: sshConfigFile(variables),
  });
  call.terminal.out(call.json ? JSON.stringify(result, null, 2) : formatDiscover(result));
}
