import type { Socket } from 'node:net';
import type { HttpAsk, TcpAsk, DnsAsk } from '@ai-stack/core';
import type { Engine } from '@ai-stack/docker';
import type { Connection } from '@ai-stack/ssh';
import { openSocket } from './connect';
import {
  exchangeFromHere,
  exchangeOver,
  parseServer,
  resolveName,
  type DnsServer,
} from './dns/ask';
import type { DnsAnswer } from './dns/evaluate';
import type { TcpAnswer } from './tcp/evaluate';
import { NoAnswer } from './evaluation';
import { askTcpFromHere, askTcpFromHost } from './tcp/ask';

/** How questions travel from one vantage point. Every method throws a NoAnswer where nobody answers. */
export interface Reach {
  /** What it may mean when a connection is closed without an answer. */
  hintOfClosing?: string;
  /** A stream to where an HTTP question goes. */
  connect(ask: HttpAsk, port: number, signal: AbortSignal): Promise<Socket>;
  dns(ask: DnsAsk, signal: AbortSignal): Promise<DnsAnswer>;
  tcp(ask: TcpAsk, timeoutMs: number): Promise<TcpAnswer>;
}

/** From this machine. Names are asked of the environment's DNS host unless the question says otherwise. */
export function reachFromHere(server: DnsServer): Reach {
  return {
    connect: async (ask, port, signal) => {
      if (ask.container !== undefined) {
        throw new NoAnswer('impossible', "a container's address is reached from its host only");
      }
      const name = nameOf(ask);
      if (ask.resolver === 'own') return openSocket({ host: name, port }, signal);
      const address = await resolveName(name, server.address, (type) =>
        exchangeFromHere(server, name, type, signal),
      );
      return openSocket({ host: address, port }, signal);
    },
    dns: (ask, signal) => exchangeFromHere(parseServer(ask.server), ask.name, ask.type, signal),
    tcp: (ask, timeoutMs) => askTcpFromHere(ask, timeoutMs),
  };
}

/** From a host, through its connection. Names are resolved by the host unless the question says otherwise. */
export function reachFromHost(
  connection: Connection,
  engine: Engine | undefined,
  server: DnsServer,
  network: string,
): Reach {
  const forward = async (name: string, port: number) => ({
    path: await connection.forwardTcp(name, port),
  });
  const dns = async (to: DnsServer, name: string, type: DnsAsk['type'], signal: AbortSignal) =>
    exchangeOver(await forward(to.address, to.port ?? 53), name, type, signal);
  const nameFor = (ask: HttpAsk, signal: AbortSignal): Promise<string> => {
    if (ask.container !== undefined) return addressOf(ask.container, engine, network);
    const name = nameOf(ask);
    if (ask.resolver !== 'stack') return Promise.resolve(name);
    return resolveName(name, server.address, (type) => dns(server, name, type, signal));
  };
  return {
    hintOfClosing: `as host ${connection.host} sees it, the port is closed or the name is unknown`,
    connect: async (ask, port, signal) =>
      openSocket(await forward(await nameFor(ask, signal), port), signal),
    dns: (ask, signal) => dns(parseServer(ask.server), ask.name, ask.type, signal),
    tcp: (ask, timeoutMs) => askTcpFromHost(connection, ask, timeoutMs),
  };
}

async function addressOf(
  { project, container }: { project: string; container: string },
  engine: Engine | undefined,
  network: string,
): Promise<string> {
  if (engine === undefined)
    throw new NoAnswer('impossible', 'the engine of the host does not answer');
  const present = (await engine.inspectProject(project)).filter(
    ({ service }) => service === container,
  );
  const running = present.find(({ state }) => state === 'running');
  if (running === undefined) {
    const state = present[0]?.state;
    const verdict = state === 'created' || state === 'restarting' ? 'loading' : 'wrong';
    throw new NoAnswer(verdict, `the container ${container} is ${state ?? 'not there'}`);
  }
  const address = running.addresses[network];
  if (address === undefined || address === '') {
    throw new NoAnswer('wrong', `the container ${container} has no address in ${network}`);
  }
  return address;
}

function nameOf(ask: HttpAsk): string {
  return new URL(ask.url).hostname.replace(/^\[(.*)\]$/, '$1');
}
