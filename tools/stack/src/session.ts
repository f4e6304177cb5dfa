import { flattenErrors, throwAll, type Host, type Release, type StackError } from '@ai-stack/core';
import { openEngine, type Engine } from '@ai-stack/docker';
import { openConnection, openConnections, type Connection } from '@ai-stack/ssh';
import type { Call } from './call';
import type { Stack, Variables } from './stack';

/** One connection and one engine for each host that answered. */
export interface Session {
  connections: Map<string, Connection>;
  engines: Map<string, Engine>;
  /** Errors of hosts that were wanted but not required. */
  absent: StackError[];
}

export interface SessionOptions {
  /** Hosts without which the command makes no sense: all their errors are thrown together. */
  required: readonly Host[];
  /** Hosts that are looked at where they answer. */
  wanted?: readonly Host[];
  log?: (line: string) => void;
}

/** The ssh_config that STACK_SSH_CONFIG names, which CI writes; undefined: the operator's own and the system's. */
export function sshConfigFile(variables: Variables): string | undefined {
  const file = variables['STACK_SSH_CONFIG'];
  return file === '' ? undefined : file;
}

/** Opens a session, hands it to `use`, and closes it whatever happens. */
export async function withSession<Result>(
  call: Pick<Call, 'root' | 'variables'>,
  options: SessionOptions,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { connections, absent } = await openAll(call, options);
  try {
    const engines = await openEngines(connections);
    return await use({ connections: byHost(connections), engines, absent });
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

/** The hosts that a selection needs: where it is placed, and where the secrets live that it consumes. */
export function hostsConcerned(stack: Stack, releases: readonly Release[]): Host[] {
  const owners = releases
    .flatMap((release) => release.secrets)
    .flatMap(({ source }) => (source.kind === 'consumed' ? [source.service] : []));
  const names = new Set(releases.map((release) => release.host));
  return stack.environment.hosts.filter(
    (host) => names.has(host.name) || host.services.some((service) => owners.includes(service)),
  );
}

async function openAll(
  { root, variables }: Pick<Call, 'root' | 'variables'>,
  { required, wanted = [], log }: SessionOptions,
) {
  const open = { root, log, configFile: sshConfigFile(variables) };
  const further = wanted.filter((host) => !required.includes(host));
  const [needed, others] = await Promise.all([
    Promise.allSettled([openConnections(required, open)]).then(([result]) => result),
    Promise.allSettled(further.map((host) => openConnection(host, open))),
  ]);
  const opened = others.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (needed.status === 'rejected') {
    await Promise.all(opened.map((connection) => connection.close()));
    throw needed.reason;
  }
  const absent = others.flatMap((one, at) =>
    one.status === 'rejected' ? flattenErrors(one.reason, { host: further[at]?.name }) : [],
  );
  return { connections: [...needed.value, ...opened], absent };
}

async function openEngines(connections: readonly Connection[]): Promise<Map<string, Engine>> {
  const results = await Promise.allSettled(connections.map((connection) => openEngine(connection)));
  throwAll(results.flatMap((one) => (one.status === 'rejected' ? flattenErrors(one.reason) : [])));
  return byHost(results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
}

function byHost<Item extends { host: string }>(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [item.host, item]));
}
