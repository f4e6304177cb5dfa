import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { ask } from './ask';
import { sendText } from './http-double';
import type { ForwardAuth, Router } from './traefik-double-routes';

const hopByHop = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'proxy-connection'],
];
export interface Entry {
  readonly name: string;
  readonly tls: boolean;
}
type Headers = Record<string, string | string[]>;
interface Stop {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const clientOf = (request: IncomingMessage) =>
  (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
const hostOf = ({ headers }: IncomingMessage) =>
  (headers.host ?? '').toLowerCase().replace(/:\d+$/, '');

/** The first router of the entrypoint whose rule holds. */
export function chooseRouter(
  routers: readonly Router[],
  { name, tls }: Entry,
  request: IncomingMessage,
): Router | undefined {
  const { pathname: path } = new URL(request.url ?? '/', 'http://x');
  const seen = { host: hostOf(request), path, client: clientOf(request), headers: request.headers };
  return routers.find(
    (router) =>
      router.tls === tls &&
      (router.entrypoints.length === 0 || router.entrypoints.includes(name)) &&
      router.matches(seen),
  );
}

/** The headers for the container: the client's own X-Forwarded-* and names with `_` are not believed. */
function forwardedHeaders(request: IncomingMessage, { tls }: Entry): Headers {
  const kept = Object.entries(request.headers).filter(
    ([name]) => !hopByHop.includes(name) && !name.startsWith('x-forwarded-') && !name.includes('_'),
  );
  const isSocket = request.headers.upgrade !== undefined;
  return {
    ...(Object.fromEntries(kept) as Headers),
    'x-forwarded-for': clientOf(request),
    'x-forwarded-host': request.headers.host ?? '',
    'x-forwarded-port': tls ? '443' : '80',
    'x-forwarded-proto': `${isSocket ? 'ws' : 'http'}${tls ? 's' : ''}`,
    'x-real-ip': clientOf(request),
  };
}

/** Tokens of each client of each limit: `burst` at most, `average` new ones a second. */
const buckets = new Map<string, { tokens: number; at: number }>();
export function takeToken(
  key: string,
  { average, burst }: { average: number; burst: number },
  now: number,
): boolean {
  const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now };
  const filled = Math.min(burst, tokens + ((now - at) / 1000) * average);
  buckets.set(key, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
  return filled >= 1;
}

/** Runs the router's middlewares on the headers; what ends the request, if something does. */
async function applyMiddlewares(
  router: Router,
  request: IncomingMessage,
  headers: Headers,
): Promise<Stop | undefined> {
  for (const { name, rateLimit, forwardAuth } of router.middlewares) {
    if (rateLimit && !takeToken(`${name} ${clientOf(request)}`, rateLimit, Date.now())) {
      return { status: 429, headers: { 'retry-after': '1' }, text: 'Too Many Requests' };
    }
    const stop = forwardAuth && (await authorize(forwardAuth, request, headers));
    if (stop !== undefined) return stop;
  }
  return undefined;
}

async function authorize(
  { address, responseHeaders }: ForwardAuth,
  request: IncomingMessage,
  headers: Headers,
): Promise<Stop | undefined> {
  const asked = Object.entries(headers)
    .filter(([name]) => !['host', 'content-length', 'accept-encoding'].includes(name))
    .map(([name, value]) => [name, String(value)] as const);
  const reply = await ask(address, {
    headers: {
      ...Object.fromEntries(asked),
      'x-forwarded-method': request.method ?? 'GET',
      'x-forwarded-uri': request.url ?? '/',
    },
    timeoutMs: 30_000,
  }).catch((error: unknown) => {
    console.error(`forwardAuth: ${String(error)}`);
    return { status: 500, headers: {}, text: '' };
  });
  if (reply.status < 200 || reply.status > 299) return reply;
  const given: IncomingHttpHeaders = reply.headers;
  for (const name of responseHeaders) {
    // what the client sent under this name must not pass
    const value = given[name];
    if (value === undefined) Reflect.deleteProperty(headers, name);
    else headers[name] = value;
  }
  return undefined;
}

const endToEnd = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));

let turn = 0;
const nextServer = ({ servers }: Router) => servers[(turn += 1) % servers.length] ?? '';

function open(router: Router, request: IncomingMessage, headers: Headers) {
  const [host = '', port = ''] = nextServer(router).split(':');
  return httpRequest({ host, port, method: request.method, path: request.url, headers });
}

/** Answers one request; bodies stream both ways. */
export async function proxyRequest(
  router: Router | undefined,
  entry: Entry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (router === undefined) return sendText(response, 404, '404 page not found\n');
  const headers = forwardedHeaders(request, entry);
  const stop = await applyMiddlewares(router, request, headers);
  if (stop !== undefined) {
    const length = String(Buffer.byteLength(stop.text));
    const kept = { ...endToEnd(stop.headers), 'content-length': length };
    response.writeHead(stop.status, kept).end(stop.text);
    return;
  }
  const onward = open(router, request, headers);
  onward.on('response', (reply) => {
    response.writeHead(reply.statusCode ?? 502, endToEnd(reply.headers));
    response.flushHeaders();
    pipeline(reply, response, () => undefined);
  });
  onward.on('error', (error) => {
    console.error(`router ${router.name}: ${error.message}`);
    if (response.headersSent) response.destroy();
    else sendText(response, 502, 'Bad Gateway');
  });
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

const renderHead = (status: number, text: string, headers: IncomingHttpHeaders) =>
  [
    `HTTP/1.1 ${status} ${text}`,
    ...Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => `${name}: ${one}`),
    ),
    '\r\n',
  ].join('\r\n');

/** The same for a connection that becomes a WebSocket. */
export async function proxyUpgrade(
  router: Router | undefined,
  entry: Entry,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const refuse = (status: number, text: string, headers: IncomingHttpHeaders = {}) =>
    socket.end(
      renderHead(status, text, { ...headers, 'content-length': '0', connection: 'close' }),
    );
  if (router === undefined) return void refuse(404, 'Not Found');
  const headers = forwardedHeaders(request, entry);
  const stop = await applyMiddlewares(router, request, headers);
  if (stop !== undefined) return void refuse(stop.status, 'Refused', endToEnd(stop.headers));
  const upgrade = request.headers.upgrade ?? 'websocket';
  const onward = open(router, request, { ...headers, connection: 'Upgrade', upgrade });
  onward.on('upgrade', (reply, other, first) => {
    socket.write(renderHead(101, 'Switching Protocols', reply.headers));
    socket.write(first);
    other.write(head);
    pipeline(other, socket, other, () => undefined);
  });
  onward.on('response', (reply) => {
    refuse(reply.statusCode ?? 502, 'Refused', endToEnd(reply.headers));
    reply.resume();
  });
  onward.on('error', () => refuse(502, 'Bad Gateway'));
  onward.end();
}
