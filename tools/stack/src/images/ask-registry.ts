import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { isIP } from 'node:net';
import { NoImage } from './no-image';

/** How to get to a port: a local socket that leads there, or the port itself. */
export type Way = (
  name: string,
  port: number,
) => Promise<{ socketPath: string } | { host: string; port: number }>;

/** What a registry is asked with. */
export interface Asking {
  way: Way;
  /** The certificates that are trusted. */
  trust: () => SecureContext;
  signal: AbortSignal;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Manifests and configurations have a few kB; engines refuse manifests of more than 4 MiB. */
const longestBody = 4 * 1024 * 1024;

/** Asks once by GET, follows no redirect. Throws a NoImage where nobody answers as HTTP does. */
export async function askRegistry(
  url: URL,
  headers: Record<string, string>,
  isVerified: boolean,
  { way, trust, signal }: Asking,
): Promise<Answer> {
  const isTls = url.protocol === 'https:';
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  try {
    signal.throwIfAborted();
    const to = await way(name, Number(url.port === '' ? (isTls ? 443 : 80) : url.port));
    const options = {
      ...to,
      ...{ method: 'GET', path: `${url.pathname}${url.search}`, signal, agent: false },
      headers: { ...headers, host: url.host, 'user-agent': 'ai-stack' },
    };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const servername = isIP(name) === 0 ? name : '';
      const tls = isVerified
        ? { servername, secureContext: trust() }
        : { servername, rejectUnauthorized: false, secureContext: createSecureContext() };
      const sent = isTls ? requestHttps({ ...options, ...tls }) : requestHttp(options);
      sent.once('response', resolve).once('error', reject).end();
    });
    const { statusCode: status = 0, headers: answered } = answer;
    return { status, headers: answered, body: await readBody(answer, url) };
  } catch (error) {
    throw explain(error, url, signal);
  }
}

async function readBody(answer: IncomingMessage, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length <= longestBody) continue;
    answer.destroy();
    throw new NoImage(
      `${url.host} sends more than 4 MiB where a few kB are right`,
      'see whether the name of the image leads to a registry',
      true,
    );
  }
  return Buffer.concat(chunks);
}

function explain(error: unknown, { host, protocol }: URL, signal: AbortSignal): NoImage {
  if (error instanceof NoImage) return error;
  const { code = '', message } = error as { code?: string; message: string };
  if (signal.aborted)
    return new NoImage(`${host} did not answer in time`, reachability(host), false, error);
  if (/CERT|ISSUER|SIGNATURE|SELF_SIGNED/.test(code))
    return new NoImage(
      `the certificate of ${host} is not trusted here: ${message}`,
      'name its private CA in caFile of ingress.yaml; the engine of each host needs it, too, in /etc/docker/certs.d/<registry>/ca.crt',
      false,
      error,
    );
  if (code.startsWith('HPE_') || code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return new NoImage(
      `${host} does not speak ${protocol === 'https:' ? 'HTTPS' : 'HTTP'}`,
      'a registry without HTTPS has to be in insecure-registries of daemon.json on each host',
      false,
      error,
    );
  return new NoImage(`${host} does not answer (${message})`, reachability(host), false, error);
}

function reachability(host: string): string {
  return `on the host: curl -sS https://${host}/v2/; an engine that pulls through a proxy or with a login may still be able to`;
}
