import type { Release } from '@ai-stack/core';
import { environmentNames, readLocalEnv, resolveEnvironmentName } from '@ai-stack/inventory';
import type { SharedFlags } from '../options/flags';
import type { Terminal } from '../terminal/terminal';
import { checkNames } from './names';
import { refuseMisspeltVariables } from './variables';
import type { Stack, Variables } from './stack';

/** One invocation of a command: what was asked for, and where the answer goes. */
export interface Call {
  /** The workspace. */
  root: string;
  environment: string;
  variables: Variables;
  /** Empty: all. */
  services: readonly string[];
  hosts: readonly string[];
  json: boolean;
  verbose: boolean;
  terminal: Terminal;
}

/**
 * The call that a line of words asks for, on the command line or in Nx. Throws a StackError for an environment, a
 * service or a host that is not there, before a file is read.
 */
export function makeCall(
  given: Pick<Call, 'root' | 'services' | 'terminal'> & { variables: Variables },
  flags: SharedFlags,
): Call {
  const { root, services } = given;
  const variables = { ...readLocalEnv(root), ...given.variables };
  refuseMisspeltVariables(variables);
  const environment = resolveEnvironmentName(
    { configuration: flags.environment, variables },
    environmentNames(root),
  );
  const { hosts = [], json = false, verbose = false } = flags;
  checkNames(root, environment, { services, hosts });
  return { ...given, variables, environment, hosts, json, verbose };
}

/** The first line of every command: environment, services and hosts. */
export function announce(call: Call, stack: Stack, releases: readonly Release[]): void {
  const services =
    releases.length === 0 ? call.services : unique(releases.map((release) => release.service));
  const hosts = unique(releases.map((release) => release.host)).map((name) => {
    const host = stack.environment.hosts.find((silent) => silent.name === name);
    return host === undefined ? name : `${name} (${host.address})`;
  });
  call.terminal.err(
    `environment ${call.environment}: ${services.join(', ')} on ${hosts.join(', ') || 'no host'}`,
  );
}

/** The log of --verbose; undefined where it was not asked for. */
export function verboseLog(call: Call): ((line: string) => void) | undefined {
  return call.verbose ? (line) => call.terminal.err(line) : undefined;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
