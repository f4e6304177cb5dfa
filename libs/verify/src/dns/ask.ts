import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIP, isIPv6, type Socket } from 'node:net';
import packet, { type DecodedPacket, type RecordType } from 'dns-packet';
import { explainSocketError, openSocket, type Destination } from '../connect';
import type { DnsAnswer } from './evaluate';
import { NoAnswer } from '../evaluation';

export interface DnsServer {
  address: string;
  /** Default 53. */
  port?: number;
}

const resendMs = 1000;

/** `10.0.0.53`, `10.0.0.53:5353` or `[2001:db8::53]:53` as an address and a port. */
export function parseServer(text: string): Required<DnsServer> {
  const match = /^\[(?<v6>[^\]]+)\](?::(?<p6>\d+))?$|^(?<v4>[^:]+):(?<p4>\d+)$/.exec(text)?.groups;
  const port = Number(match?.['p6'] ?? match?.['p4'] ?? 53);
  return { address: match?.['v6'] ?? match?.['v4'] ?? text, port };
}

/** Asks over UDP, and again over TCP when the answer did not fit. Throws a NoAnswer. */
export async function exchangeFromHere(
  server: DnsServer,
  name: string,
  type: RecordType,
  signal: AbortSignal,
): Promise<DnsAnswer> {
  const query = makeQuery(name, type);
  const answer = await exchangeUdp(server, query, signal);
  if (!answer.flag_tc) return read(answer);
  const to = { host: server.address, port: server.port ?? 53 };
  return read(await exchangeTcp(to, query, signal));
}

/** Asks over a TCP stream, such as one that leads to the server as a host reaches it. Throws a NoAnswer. */
export async function exchangeOver(
  to: Destination,
  name: string,
  type: RecordType,
  signal: AbortSignal,
): Promise<DnsAnswer> {
  return read(await exchangeTcp(to, makeQuery(name, type), signal));
}

/** The address of a name: an IPv4 one, else an IPv6 one; an address stays as it is. Throws a NoAnswer. */
export async function resolveName(
  name: string,
  server: string,
  ask: (type: 'A' | 'AAAA') => Promise<DnsAnswer>,
): Promise<string> {
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) return bare;
  const codes: string[] = [];
  for (const type of ['A', 'AAAA'] as const) {
    const { answers, code } = await ask(type);
    for (const answer of answers) {
      if ((answer.type === 'A' || answer.type === 'AAAA') && answer.type === type)
        return answer.data;
    }
    codes.push(code);
  }
  const what = `${server} knows no address of ${name} (${codes[0] ?? ''})`;
  throw new NoAnswer('wrong', what, 'deploy dns, then verify it');
}

interface Query {
  id: number;
  question: { name: string; type: RecordType };
  packet: packet.Packet;
}

function makeQuery(name: string, type: RecordType): Query {
  const id = randomInt(65_536);
  const question = { name: name.replace(/\.$/, ''), type };
  const flags = packet.RECURSION_DESIRED;
  return { id, question, packet: { type: 'query', id, flags, questions: [question] } };
}

function read(answer: DecodedPacket): DnsAnswer {
  const code = 'rcode' in answer ? String(answer.rcode) : 'NOERROR';
  return { code, answers: answer.answers ?? [] };
}

/** Datagrams get lost, so it asks each second until the signal aborts. */
function exchangeUdp(
  { address, port = 53 }: DnsServer,
  query: Query,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const bytes = packet.encode(query.packet);
  let timer: NodeJS.Timeout | undefined;
  return new Promise<DecodedPacket>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    socket.on('error', (error) => reject(explainSocketError(error)));
    socket.on('message', (message) => {
      const answer = decode(message, query.id);
      if (answer !== undefined) resolve(answer);
    });
    // Connected, so that a refusal comes back as an error and only the server's datagrams are read.
    socket.connect(port, address, () => {
      const send = (): void => socket.send(bytes);
      timer = setInterval(send, resendMs);
      send();
    });
  }).finally(() => {
    clearInterval(timer);
    socket.close();
  });
}

async function exchangeTcp(
  to: Destination,
  query: Query,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const socket = await openSocket(to, signal);
  try {
    socket.write(packet.streamEncode(query.packet));
    return await readAnswer(socket, query.id);
  } finally {
    socket.destroy();
  }
}

function readAnswer(socket: Socket, id: number): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return;
      const answer = decode(bytes.subarray(2, 2 + bytes.readUInt16BE(0)), id);
      if (answer === undefined)
        reject(new NoAnswer('wrong', 'an answer that is not a DNS message'));
      else resolve(answer);
    });
    socket.on('error', (error) => reject(explainSocketError(error)));
    socket.on('close', () => {
      reject(new NoAnswer('silent', 'the connection was closed without an answer'));
    });
  });
}

function decode(message: Buffer, id: number): DecodedPacket | undefined {
  try {
    const answer = packet.decode(message);
    return answer.id === id && answer.type === 'response' ? answer : undefined;
  } catch {
    return undefined;
  }
}
