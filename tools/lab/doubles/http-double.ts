import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';

export type Json = Record<string, unknown>;
export type Log = (line: string) => void;
export type Env = Readonly<Record<string, string | undefined>>;

/** One request with its parsed parts: path parameters in `params`, the JSON body (or `{}`) in `body`. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly params: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
}
export type Answer = (exchange: Exchange) => unknown;
/** `"GET /collections/:name"` to its answer; a `:part` matches one path segment, GET also serves HEAD. */
export type Routes = Readonly<Record<string, Answer>>;

export interface DoubleOptions {
  readonly routes: Routes;
  /** Runs before the route, throws a `Refusal` to stop. */
  readonly guard?: (exchange: Exchange) => void;
  /** The body of an error as the doubled program words it. */
  readonly renderError?: (status: number, message: string) => unknown;
  readonly log?: Log;
}

/** Ends a request with this status; `body` overrides the double's own error shape. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly body?: unknown,
  ) {
    super(message);
  }
}

interface CompiledRoute {
  readonly method: string;
  readonly pattern: RegExp;
  readonly answer: Answer;
}

function compileRoutes(routes: Routes): CompiledRoute[] {
  return Object.entries(routes).map(([key, answer]) => {
    const [method = '', path = ''] = key.split(' ');
    const source = path
      .split('/')
      .map((part) => (part.startsWith(':') ? '([^/]+)' : part.replace(/[.]/g, '\\.')))
      .join('/');
    return { method, pattern: new RegExp(`^${source}$`), answer };
  });
}

/** An HTTP server over a table of routes, logging one line a request (never query, header or body). */
export function createDouble(options: DoubleOptions): Server {
  const routes = compileRoutes(options.routes);
  const renderError = options.renderError ?? ((_status, message) => ({ error: message }));
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://double');
    response.on('close', () => {
      const ended = response.writableFinished ? '' : ' (cut)';
      options.log?.(`${request.method ?? ''} ${url.pathname} ${response.statusCode}${ended}`);
    });
    respond(routes, options, request, response, url).catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : new Refusal(500, String(error));
      if (response.headersSent) response.end();
      else
        sendJson(
          response,
          refusal.status,
          refusal.body ?? renderError(refusal.status, refusal.message),
        );
    });
  });
}

async function respond(
  routes: readonly CompiledRoute[],
  options: DoubleOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const onPath = routes.filter((route) => route.pattern.test(url.pathname));
  const route = onPath.find((candidate) => candidate.method === method);
  const params = (route?.pattern.exec(url.pathname) ?? []).slice(1).map(decodeURIComponent);
  const exchange = { request, response, url, params, headers: request.headers };
  options.guard?.({ ...exchange, body: {} });
  if (route === undefined) {
    throw new Refusal(
      onPath.length > 0 ? 405 : 404,
      onPath.length > 0 ? 'Method Not Allowed' : 'Not Found',
    );
  }
  const result = await route.answer({
    ...exchange,
    body: parseBody(await readBody(request), request),
  });
  if (!response.headersSent && !response.writableEnded) sendJson(response, 200, result ?? {});
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string, request: IncomingMessage): Json {
  if (text === '') return {};
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    return asJson(JSON.parse(text));
  } catch {
    throw new Refusal(400, 'invalid JSON in the request body');
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const type = { 'content-type': 'application/json' };
  response.writeHead(status, type).end(JSON.stringify(body));
}
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain',
) {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(text);
}
export function redirect(response: ServerResponse, location: string, cookies: string[] = []): void {
  response.writeHead(302, { location, ...(cookies.length > 0 && { 'set-cookie': cookies }) }).end();
}

export const asJson = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
export const asText = (value: unknown, otherwise = ''): string =>
  typeof value === 'string' ? value : otherwise;
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const bearerOf = (headers: IncomingHttpHeaders): string | undefined =>
  /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];

/** The value of a request's cookie, if it has one of that name. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split('; ').map((pair) => pair.split('='));
  const found = pairs.find(([key]) => key === name);
  return found && decodeURIComponent(found.slice(1).join('='));
}

/** Listens, then ends the program on SIGTERM or SIGINT: `grace` ms for running requests, then they are cut. */
export function runDouble(server: Server, port: number, host = '0.0.0.0', grace = 0): void {
  server.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  server.listen(port, host, () => console.log(`listening on ${host}:${port}`));
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), grace);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
