import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { parse } from 'yaml';
import { ask } from './ask';
import { asJson, asText, Refusal, sendJson, sendText } from './http-double';
import { chooseRouter, proxyRequest, proxyUpgrade } from './traefik-double-proxy';
import type { Entry } from './traefik-double-proxy';
import { planRoutes } from './traefik-double-routes';
import type { Container, Router } from './traefik-double-routes';

const SOCKET = '/var/run/docker.sock';
const POLL_MS = 1000;
const PING_PORT = 8080;
const known = [
  /^(global\.(checknewversion|sendanonymoususage)|log\.level|ping|api\.insecure)$/,
  /^providers\.(docker(\.(exposedbydefault|network))?|file\.directory)$/,
  /^entrypoints\.\w+\.(address|http\.redirections\.entrypoint\.(to|scheme)|http\.aliasheadersstrategy)$/,
];

export interface EntryPoint extends Entry {
  readonly port: number;
  /** The entrypoint that everything is redirected to. */
  readonly redirectTo?: string;
}
export interface TraefikArgs {
  readonly network: string;
  readonly directory: string | undefined;
  readonly entries: readonly EntryPoint[];
}

/** Parses the static arguments that tools/lab/edge passes; throws on a field that the double does not know. */
export function parseTraefikArgs(argv: readonly string[]): TraefikArgs {
  const given = new Map<string, string>();
  for (const arg of argv) {
    const [name = '', value = 'true'] = arg.replace(/^--/, '').split(/=(.*)/s);
    if (!known.some((one) => one.test(name.toLowerCase()))) {
      throw new Refusal(1, `field not found, node: ${name}`);
    }
    given.set(name.toLowerCase(), value);
  }
  const entries = [...given.keys()].flatMap((key) => {
    const name = /^entrypoints\.(\w+)\.address$/.exec(key)?.[1];
    if (name === undefined) return [];
    const port = Number(/:(\d+)$/.exec(given.get(key) ?? '')?.[1]);
    const redirectTo = given.get(`entrypoints.${name}.http.redirections.entrypoint.to`);
    return [{ name, port, tls: port === 443, ...(redirectTo !== undefined && { redirectTo }) }];
  });
  const directory = given.get('providers.file.directory');
  return { network: given.get('providers.docker.network') ?? '', directory, entries };
}

/** The default certificate that a file of the directory names. */
export function readCertificate(directory: string): { cert: Buffer; key: Buffer } {
  for (const name of readdirSync(directory)
    .filter((one) => /\.ya?ml$/.test(one))
    .sort()) {
    const file = asJson(parse(readFileSync(join(directory, name), 'utf8')));
    const stores = asJson(asJson(asJson(file.tls).stores).default);
    const { certFile, keyFile } = asJson(stores.defaultCertificate);
    if (certFile === undefined) continue;
    return { cert: readFileSync(asText(certFile)), key: readFileSync(asText(keyFile)) };
  }
  throw new Error(`no default certificate in ${directory}`);
}

/** The containers that run, from Docker's socket. */
function collectContainers(socketPath: string): Promise<Container[]> {
  return new Promise((resolve, reject) => {
    httpRequest({ socketPath, path: '/containers/json', timeout: 5000 }, (reply) => {
      if (reply.statusCode === 200)
        json(reply).then((body) => resolve(body as Container[]), reject);
      else reject(new Error(`Docker answered ${reply.statusCode ?? 0}`));
    })
      .on('error', reject)
      .end();
  });
}

/** The server of one entrypoint; it asks `routers` anew for each request. */
export function createEntry(
  entry: EntryPoint,
  routers: () => readonly Router[],
  certificate?: { cert: Buffer; key: Buffer },
): Server {
  const choose = (request: IncomingMessage) => chooseRouter(routers(), entry, request);
  const listener: RequestListener = (request, response) => {
    if (entry.redirectTo !== undefined) {
      const host = (request.headers.host ?? '').replace(/:\d+$/, '');
      const status = request.method === 'GET' ? 301 : 308;
      const location = `https://${host}${request.url ?? '/'}`;
      response.writeHead(status, { location }).end('Moved Permanently');
      return;
    }
    proxyRequest(choose(request), entry, request, response).catch((error: unknown) => {
      console.error(String(error));
      response.destroy();
    });
  };
  const server = certificate ? createTlsServer(certificate, listener) : createServer(listener);
  server.requestTimeout = 0;
  server.on('upgrade', (request, socket, head) => {
    proxyUpgrade(choose(request), entry, request, socket, head).catch(() => socket.destroy());
  });
  return server;
}

const renderRouters = (routers: readonly Router[]) =>
  routers.map(({ name, rule, priority, entrypoints, servers, middlewares }) => {
    const names = middlewares.map((middleware) => middleware.name);
    return {
      name: `${name}@docker`,
      rule,
      priority,
      entryPoints: entrypoints,
      servers,
      middlewares: names,
    };
  });

function start({ network, directory, entries }: TraefikArgs): void {
  let routers: readonly Router[] = [];
  let complaints = '';
  const look = async () => {
    const lines: string[] = [];
    routers = planRoutes(await collectContainers(SOCKET), network, (line) => lines.push(line));
    if (lines.join('\n') !== complaints) console.error((complaints = lines.join('\n')));
  };
  const poll = (): void =>
    void look()
      .catch((error: unknown) => console.error(`docker: ${String(error)}`))
      .finally(() => setTimeout(poll, POLL_MS));
  poll();
  for (const entry of entries) {
    const certificate =
      entry.tls && directory !== undefined ? readCertificate(directory) : undefined;
    createEntry(entry, () => routers, certificate).listen(entry.port);
  }
  createServer(({ url }, response) => {
    if (url === '/ping') sendText(response, 200, 'OK');
    else if (url === '/api/http/routers') sendJson(response, 200, renderRouters(routers));
    else sendText(response, 404, '404 page not found\n');
  }).listen(PING_PORT);
  process.once('SIGTERM', () => process.exit(0));
  process.once('SIGINT', () => process.exit(0));
}

/** `traefik --flags..`, and `traefik healthcheck --ping`. */
export function run(argv: readonly string[]): void {
  if (argv[0] === 'healthcheck') {
    ask(`http://127.0.0.1:${PING_PORT}/ping`).then(
      ({ status }) => process.exit(status === 200 ? 0 : 1),
      () => process.exit(1),
    );
    return;
  }
  try {
    start(parseTraefikArgs(argv));
  } catch (error) {
    console.error(
      `command traefik error: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exit(1);
  }
}
