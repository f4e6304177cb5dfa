import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A line to the lab's hosts that is slower than it is, and counts what goes over it. */
export interface Line {
  /** Added to each round trip, in milliseconds. */
  delayMs: number;
  /** For `ssh -F`, and for our STACK_SSH_CONFIG. */
  configFile: string;
  /** What has gone over it since the last call. */
  take(): { connections: number; bytes: number };
}

/** The lab's hosts by the last part of their address. */
export const labHosts = { trusted: 11, management: 12 };

/** Makes the ssh_config through which all contenders reach the hosts. */
export function openLine(
  delayMs: number,
  directory: string,
  net: string,
  numbers: Readonly<Record<string, number>> = labHosts,
): Line {
  const log = join(directory, `line-${delayMs}.log`);
  const configFile = resolve(directory, `line-${delayMs}.conf`);
  const hosts = Object.entries(numbers).map(([name, at]) => [
    `Host ${name}`,
    `  HostName ${net}.${at}`,
    '  User root',
    `  IdentityFile ${resolve('.lab/keys/id_ed25519')}`,
    `  UserKnownHostsFile ${resolve('.lab/keys/known_hosts')}`,
  ]);
  // Half of it each way.
  // Without a delay there is no relay, which would cost each connection the start of a program.
  const relay = `node ${resolve('tools/lab/relay.mjs')} %h %p ${delayMs / 2}`;
  const proxy = delayMs === 0 ? [] : [`  ProxyCommand env RELAY_LOG=${log} ${relay}`];
  const all = ['Host *', ...proxy, '  BatchMode yes'];
  writeFileSync(configFile, `${[...hosts.flat(), ...all].join('\n')}\n`);
  return {
    delayMs,
    configFile,
    take: () => {
      const lines = readLines(log);
      rmSync(log, { force: true });
      return {
        connections: lines.length,
        bytes: lines.reduce((sum, line) => sum + Number(line), 0),
      };
    },
  };
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}
