import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, isIPv6 } from 'node:net';
import type { Socket } from 'node:net';
import { decode, encode, streamEncode } from 'dns-packet';
import type { Answer, DecodedPacket, Packet } from 'dns-packet';
import { absolute, parseCorefile } from './coredns-double-config';
import type { ServerBlock } from './coredns-double-config';
import { findAnswers, isWithin, parseZone } from './coredns-double-zone';
import type { Zone } from './coredns-double-zone';

const AUTHORITATIVE = 1 << 10;
const TRUNCATED = 1 << 9;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const REFUSED = 5;
const UPSTREAM_MS = 2000;
type Upstream = ServerBlock['upstreams'][number];
/** A server block with its zone as it is now. */
export interface Server extends ServerBlock {
  zoneNow?: Zone;
}

/** Loads the zone again when its serial differs, as CoreDNS does; a broken file leaves the old one in use. */
export function reloadZone(server: Server): void {
  if (server.zoneFile === undefined) return;
  const fresh = parseZone(readFileSync(server.zoneFile, 'utf8'));
  if (fresh.serial === server.zoneNow?.serial) return;
  server.zoneNow = fresh;
  console.log(`zone ${server.zone}: serial ${fresh.serial}`);
}

function respond(query: DecodedPacket, code: number, parts: Partial<Packet> = {}): Packet {
  const asked = query.additionals?.some(({ type }) => type === 'OPT') === true;
  const additionals = asked ? [{ type: 'OPT', name: '.', udpPayloadSize: 1232 } as Answer] : [];
  const { id = 0, questions = [] } = query;
  const flags = ((query.flags ?? 0) & 0x0100) | code | (parts.flags ?? 0);
  return { additionals, ...parts, id, type: 'response', flags, questions };
}

/** The bytes that answer one query, in its own zone or from the upstreams of its block. */
export async function answerQuery(
  servers: readonly Server[],
  message: Buffer,
  isTcp: boolean,
): Promise<Buffer> {
  const query = decode(message);
  const question = query.questions?.[0];
  if (question === undefined) return encode(respond(query, SERVFAIL));
  const name = absolute(question.name);
  const server = [...servers]
    .sort((a, b) => b.zone.length - a.zone.length)
    .find(({ zone }) => isWithin(name, zone));
  if (server === undefined) return encode(respond(query, REFUSED));
  const zone = server.zoneNow;
  if (zone !== undefined) {
    const found = findAnswers(zone, name, question.type);
    if (found.exists || !server.fallthrough) {
      const { answers, outside } = found;
      const more = outside === undefined ? [] : await resolveOutside(servers, outside, query);
      const authorities = answers.length + more.length === 0 ? [zone.soa] : [];
      const code = found.exists ? 0 : NXDOMAIN;
      const parts = { answers: [...answers, ...more], authorities, flags: AUTHORITATIVE };
      return fit(query, respond(query, code, parts), isTcp);
    }
  }
  const reply = await forward(server.upstreams, message, isTcp);
  return reply ?? encode(respond(query, SERVFAIL));
}

/** A datagram that is too long for the client says so and is empty: the client comes back by TCP. */
function fit(query: DecodedPacket, packet: Packet, isTcp: boolean): Buffer {
  const bytes = encode(packet);
  const opt = query.additionals?.find(({ type }) => type === 'OPT');
  const room = Math.max(512, opt?.type === 'OPT' ? opt.udpPayloadSize : 512);
  if (isTcp || bytes.length <= room) return bytes;
  return encode({ ...packet, answers: [], flags: (packet.flags ?? 0) | TRUNCATED });
}

async function resolveOutside(
  servers: readonly Server[],
  name: string,
  { id = 0, questions = [] }: DecodedPacket,
): Promise<Answer[]> {
  const query = encode({
    id,
    type: 'query',
    flags: 0x0100,
    questions: questions.map((one) => ({ ...one, name })),
  });
  return decode(await answerQuery(servers, query, true)).answers ?? [];
}

async function forward(
  upstreams: readonly Upstream[],
  message: Buffer,
  isTcp: boolean,
): Promise<Buffer | undefined> {
  for (const upstream of upstreams) {
    const reply = await (isTcp ? askTcp : askUdp)(upstream, message).catch(() => undefined);
    if (reply !== undefined) return reply;
  }
  return undefined;
}

function askUdp({ address, port }: Upstream, message: Buffer): Promise<Buffer> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  return new Promise<Buffer>((resolve, reject) => {
    setTimeout(() => reject(new Error('no answer')), UPSTREAM_MS).unref();
    socket.on('error', reject);
    socket.on('message', (reply) => {
      if (reply.readUInt16BE(0) === message.readUInt16BE(0)) resolve(reply);
    });
    socket.connect(port, address, () => socket.send(message));
  }).finally(() => socket.close());
}

function askTcp({ address, port }: Upstream, message: Buffer): Promise<Buffer> {
  const socket = connect({ host: address, port, timeout: UPSTREAM_MS });
  return new Promise<Buffer>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('timeout', () => reject(new Error('no answer')));
    socket.on('close', () => reject(new Error('closed')));
    readMessages(socket, resolve);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  }).finally(() => socket.destroy());
}

/** Each message of a TCP connection, which has its length before it (RFC 1035, 4.2.2). */
function readMessages(socket: Socket, take: (message: Buffer) => void): void {
  let received = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
      const end = received.readUInt16BE(0) + 2;
      take(received.subarray(2, end));
      received = received.subarray(end);
    }
  });
}

/** Serves one port by UDP and TCP; returns how to stop. Errors of one query drop that query alone. */
export function servePort(servers: readonly Server[], port: number, host = '0.0.0.0'): () => void {
  const drop = (error: unknown) => console.error(`dropped a query: ${String(error)}`);
  const datagrams = createSocket('udp4', (message, peer) => {
    answerQuery(servers, message, false)
      .then((reply) => datagrams.send(reply, peer.port, peer.address))
      .catch(drop);
  }).bind(port, host);
  const streams = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    readMessages(socket, (message) => {
      answerQuery(servers, message, true)
        .then((reply) => socket.write(streamEncode(decode(reply))))
        .catch(drop);
    });
  }).listen(port, host);
  return () => {
    datagrams.close();
    streams.close();
  };
}

function serveOk(port: number | undefined, path: string): void {
  if (port === undefined) return;
  createHttpServer(({ url }, response) => {
    response.writeHead(url === path ? 200 : 404).end(url === path ? 'OK' : '');
  }).listen(port);
}

/** `coredns -conf FILE` */
export function run(argv: readonly string[]): void {
  const [flag, file] = argv;
  if (flag !== '-conf' || file === undefined || argv.length > 2) {
    console.error('usage: coredns -conf FILE');
    process.exit(2);
  }
  const servers: Server[] = parseCorefile(readFileSync(file, 'utf8'));
  for (const server of servers) {
    reloadZone(server);
    serveOk(server.health, '/health');
    serveOk(server.ready, '/ready');
    const reload = () => {
      try {
        reloadZone(server);
      } catch (error) {
        console.error(`zone ${server.zone} stays as it was: ${String(error)}`);
      }
    };
    setInterval(reload, Math.min(server.reloadMs, 1000));
  }
  for (const port of new Set(servers.map((server) => server.port))) {
    servePort(
      servers.filter((server) => server.port === port),
      port,
    );
  }
  process.once('SIGTERM', () => process.exit(0));
  process.once('SIGINT', () => process.exit(0));
}
