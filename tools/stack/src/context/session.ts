import { flattenErrors, throwAll, type Host, type Release, type StackError } from '@ai-stack/core';
import { openEngine, type Engine } from '@ai-stack/docker';
import type { OpenHost, UnreachableHost } from '@ai-stack/deploy';
import { beginConnections, type Connection } from '@ai-stack/ssh';
import type { Call } from './call';
import { noteSeen, readLastSeen } from './last-seen';
import type { Stack, Variables } from './stack';

/** One connection and one engine for each host that answered. */
export interface Session {
  connections: Map<string, Connection>;
  engines: Map<string, Engine>;
  /** Errors of hosts that were wanted but not required. */
  absent: StackError[];
  /** The same hosts, with when they were last reached. */
  unreachable: UnreachableHost[];
}

export interface SessionOptions {
  /** Hosts without which the command makes no sense: all their errors are thrown together. */
  required: readonly Host[];
  /** Hosts that are looked at where they answer. */
  wanted?: readonly Host[];
  log?: (line: string) => void;
  /** Connections that have begun already; what is not in it begins now. */
  logins?: Logins;
}

/** Connections that are being opened, by the name of their host. */
export interface Logins {
  opened: ReadonlyMap<string, Promise<Connection>>;
  /** Closes all of them at once, also those that are still being opened. Never throws. */
  close(): Promise<void>;
}

/** Begins to log in to hosts, so that other work can continue. */
export function beginLogins(
  { root, variables }: Pick<Call, 'root' | 'variables'>,
  hosts: readonly Host[],
  log?: (line: string) => void,
): Logins {
  const stop = new AbortController();
  const configFile = sshConfigFile(variables);
  const opened = beginConnections(hosts, { root, log, configFile, signal: stop.signal });
  return {
    opened,
    close: async () => {
      stop.abort();
      await Promise.allSettled([...opened.values()].map(async (login) => (await login).close()));
    },
  };
}

/** The ssh_config that STACK_SSH_CONFIG names, which CI writes; undefined: the operator's own and the system's. */
export function sshConfigFile(variables: Variables): string | undefined {
  const file = variables['STACK_SSH_CONFIG'];
  return file === '' ? undefined : file;
}

/** Opens a session, hands it to `use`, and closes it whatever happens. */
export async function withSession<Result>(
  call: Pick<Call, 'root' | 'variables' | 'environment'>,
  options: SessionOptions,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { required, wanted = [], logins, log } = options;
  const all = [...required, ...wanted.filter((host) => !required.includes(host))];
  const missing = all.filter(({ name }) => logins?.opened.has(name) !== true);
  const further = beginLogins(call, missing, log);
  const opened = new Map([...(logins?.opened ?? []), ...further.opened]);
  try {
    return await use(await openSession(call, opened, required, all));
  } finally {
    await Promise.all([further.close(), logins?.close()]);
  }
}

/** The hosts of a session with the two ways to each. */
export function openHosts(
  { environment }: Pick<Stack, 'environment'>,
  session: Pick<Session, 'connections' | 'engines'>,
): OpenHost[] {
  return environment.hosts.flatMap((host) => {
    const connection = session.connections.get(host.name);
    const engine = session.engines.get(host.name);
    return connection === undefined || engine === undefined ? [] : [{ host, connection, engine }];
  });
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

interface Reached {
  connection: Connection;
  engine: Engine;
}

/** Each host gets its engine as soon as it is reached, whatever the others do. */
async function openSession(
  call: Pick<Call, 'environment' | 'variables'>,
  opened: Logins['opened'],
  required: readonly Host[],
  all: readonly Host[],
): Promise<Session> {
  const reach = async ({ name }: Host): Promise<Reached> => {
    const connection = await (opened.get(name) ??
      Promise.reject(new Error(`no connection to ${name}`)));
    return { connection, engine: await openEngine(connection) };
  };
  const results = await Promise.allSettled(all.map(reach));
  const isReached = (_host: Host, at: number) => results[at]?.status === 'fulfilled';
  await noteSeen(call, all.filter(isReached), new Date());
  const errorsOf = (isWanted: (host: Host) => boolean): StackError[] =>
    results.flatMap((candidate, at) => {
      const host = all[at];
      if (candidate.status === 'fulfilled' || host === undefined || !isWanted(host)) return [];
      return flattenErrors(candidate.reason, { host: host.name });
    });
  const errors = errorsOf((host) => required.includes(host));
  throwAll(errors, `${errors.length} of ${required.length} hosts cannot be reached`);
  const reached = results.flatMap((candidate) =>
    candidate.status === 'fulfilled' ? [candidate.value] : [],
  );
  const silent = all.filter((host, at) => !required.includes(host) && !isReached(host, at));
  return {
    connections: byHost(reached.map(({ connection }) => connection)),
    engines: byHost(reached.map(({ engine }) => engine)),
    absent: errorsOf((host) => silent.includes(host)),
    unreachable: await Promise.all(
      silent.map(async (host) => ({
        host: host.name,
        errors: errorsOf((candidate) => candidate === host),
        lastSeen: await readLastSeen(call, host),
      })),
    ),
  };
}

function byHost<Item extends { host: string }>(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [item.host, item]));
}
