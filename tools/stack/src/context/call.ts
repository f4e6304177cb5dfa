import type { Release } from '@ai-stack/core';
import type { Stack, Variables } from './stack';
import type { Terminal } from '../terminal/terminal';

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

/** The first line of every command: environment, services and hosts. */
export function announce(call: Call, stack: Stack, releases: readonly Release[]): void {
  const services = unique(releases.map((release) => release.service));
  const hosts = unique(releases.map((release) => release.host)).map((name) => {
    const host = stack.environment.hosts.find((one) => one.name === name);
    return host === undefined ? name : `${name} (${host.address})`;
  });
  call.terminal.err(
    `environment ${call.environment}: ${services.join(', ')} on ${hosts.join(', ')}`,
  );
}

/** The log of --verbose; undefined where it was not asked for. */
export function verboseLog(call: Call): ((line: string) => void) | undefined {
  return call.verbose ? (line) => call.terminal.err(line) : undefined;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
