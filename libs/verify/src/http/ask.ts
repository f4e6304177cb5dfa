import { request, type IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { HttpAsk } from '@ai-stack/core';
import { codeOf, explainSocketError, withDeadline } from '../connect';
import type { HttpAnswer } from './evaluate';
import { messageOf, NoAnswer } from '../evaluation';
import type { Reach } from '../reach';
import { readStream, type Arrival } from './read-stream';

/** A question whose secrets are filled in. */
export interface FilledHttp {
  ask: HttpAsk;
  headers: Record<string, string>;
  /** undefined: without a body. */
  body: string | undefined;
}

const longestBody = 1024 * 1024;

/** Asks once, follows no redirect, reads at most 1 MiB. Throws a NoAnswer. */
export async function askHttp(
  filled: FilledHttp,
  reach: Reach,
  trust: () => SecureContext,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const url = new URL(filled.ask.url);
  const isTls = url.protocol === 'https:';
  const startedAt = performance.now();
  const port = Number(url.port === '' ? (isTls ? 443 : 80) : url.port);
  return withDeadline(timeoutMs, async (signal) => {
    const socket = await reach.connect(filled.ask, port, signal);
    try {
      const stream = isTls ? await openTls(socket, url.hostname, trust()) : socket;
      const response = await send(filled, url, stream);
      const { arrivals, isCut } = await readBody(response, startedAt);
      const { statusCode = 0, headers } = response;
      const body = textOf(arrivals);
      const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
      return {
        ...{ url: url.href, status: statusCode, location: headers.location, body, isCut },
        cookies: headers['set-cookie'] ?? [],
        ...(headers.date !== undefined && { date: headers.date }),
        ...(isStream && { stream: readStream(arrivals, performance.now() - startedAt) }),
      };
    } catch (error) {
      throw addHint(error, reach.hintOfClosing);
    } finally {
      socket.destroy();
    }
  });
}

function addHint(error: unknown, hint: string | undefined): unknown {
  if (hint === undefined || !(error instanceof NoAnswer) || !/closed/.test(error.what))
    return error;
  return new NoAnswer(error.verdict, `${error.what} (${hint})`, error.fix);
}

async function openTls(socket: Socket, name: string, trust: SecureContext): Promise<TLSSocket> {
  const stream = connectTls({
    socket,
    host: name,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    secureContext: trust,
    ALPNProtocols: ['http/1.1'],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      stream.once('secureConnect', resolve);
      stream.once('error', reject);
      stream.once('close', () => reject(new NoAnswer('silent', 'closed during the TLS handshake')));
    });
  } catch (error) {
    throw explainTlsError(error, name);
  }
  stream.on('error', () => undefined);
  return stream;
}

function send(
  { ask, headers, body }: FilledHttp,
  url: URL,
  stream: Socket,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      createConnection: () => stream,
      method: ask.method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        accept: '*/*',
        'user-agent': 'ai-stack-verify',
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    });
    outgoing.once('response', resolve);
    outgoing.once('error', (error) => reject(explainHttpError(error)));
    outgoing.end(body);
  });
}

async function readBody(
  response: IncomingMessage,
  startedAt: number,
): Promise<{ arrivals: Arrival[]; isCut: boolean }> {
  const arrivals: Arrival[] = [];
  let length = 0;
  // Iterating would join the parts that come while one is looked at.
  response.on('data', (chunk: Buffer) => {
    arrivals.push({ bytes: chunk, afterMs: performance.now() - startedAt });
    length += chunk.length;
    if (length > longestBody) response.destroy();
  });
  try {
    await finished(response);
  } catch (error) {
    if (length <= longestBody) throw explainHttpError(error);
  }
  return { arrivals, isCut: length > longestBody };
}

const textOf = (arrivals: readonly Arrival[]): string =>
  Buffer.concat(arrivals.map(({ bytes }) => bytes))
    .subarray(0, longestBody)
    .toString('utf8');

function explainHttpError(error: unknown): NoAnswer {
  if (codeOf(error).startsWith('HPE_')) {
    return new NoAnswer('wrong', 'an answer that is not HTTP');
  }
  return explainSocketError(error);
}

function explainTlsError(error: unknown, name: string): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const code = codeOf(error);
  const message = messageOf(error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new NoAnswer('wrong', `TLS: the certificate is not for ${name}`);
  }
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED') {
    const fix = `compare date -u here with the certificate's dates (openssl s_client -connect ${name}:443 </dev/null | openssl x509 -noout -dates): synchronise this clock by NTP, or renew the certificate`;
    return new NoAnswer('wrong', `TLS: by this machine's clock, ${message}`, fix);
  }
  if (/CERT|ISSUER|SIGNATURE/.test(code)) {
    const fix =
      'name the private CA in ingress.yaml (caFile), or see what certificate Traefik serves';
    return new NoAnswer('wrong', `TLS: the certificate is not trusted: ${message}`, fix);
  }
  if (code === 'ECONNRESET') return new NoAnswer('silent', 'closed during the TLS handshake');
  return new NoAnswer('wrong', `TLS: ${message}`);
}
