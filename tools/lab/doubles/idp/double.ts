import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { createDouble, runDouble, sendJson } from '../http-double';
import type { Env, Exchange } from '../http-double';
import type { Application, IdpFile } from './config';
import { apiRoutes } from './api';
import { createDirectory, liveApplications } from './directory';
import { answerLogin, isDenied, sendDenied, signOut } from './login';
import { outpostRoutes } from './outpost';
import { createProvider } from './provider';

interface Mounted {
  readonly application: Application;
  readonly provider: Provider;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}
const INVALID_GRANT = 'Invalid grant_type for provider';
const PREFIX = '/application/o';

/** Authentik's surface on one port: an OpenID provider for each application, login, embedded outpost. */
export function createIdp(given: IdpFile, log?: (line: string) => void): Server {
  const file = { ...given, users: given.users.map((user) => ({ ...user })) };
  const directory = createDirectory(file);
  const signedOut = new Map<string, number>();
  const applications = () => liveApplications(directory);
  const cache = new Map<string, Mounted>();
  const mount = (application: Application): Mounted => {
    const key = JSON.stringify(application);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const provider = createProvider(file, application);
    const mounted = { application, provider, answer: provider.callback() };
    cache.set(key, mounted);
    return mounted;
  };
  const mounted = () => applications().map(mount);
  const login = async (exchange: Exchange) => {
    const [slug] = exchange.params;
    const found = mounted().find(({ application }) => application.slug === slug);
    if (found === undefined) return sendJson(exchange.response, 404, { detail: 'Not found' });
    return answerLogin(exchange, file, found.application, found.provider);
  };
  const own = createDouble({
    ...(log && { log }),
    routes: {
      'GET /-/health/live/': ({ response }) => response.writeHead(200).end(),
      'GET /-/health/ready/': ({ response }) => response.writeHead(200).end(),
      [`GET ${PREFIX}/:slug/interaction/:uid`]: login,
      [`POST ${PREFIX}/:slug/interaction/:uid`]: login,
      ...apiRoutes(directory, file),
      ...outpostRoutes(file, applications, signedOut),
      'GET /flows/-/default/invalidation/': (exchange) =>
        signOut(exchange, file, applications(), signedOut),
    },
    renderError: (_status, detail) => ({ detail }),
  });
  return createServer((request, response) => {
    const target = findMount(request, mounted());
    if (target === undefined) return void own.emit('request', request, response);
    response.on('close', () =>
      log?.(`${request.method ?? ''} ${target.path} ${response.statusCode}`),
    );
    const isAsked = target.below.startsWith('/authorize?');
    if (isAsked && isDenied(request, file, target.application)) return sendDenied(response);
    return void answerOidc(target, request, response);
  });
}

interface Target extends Mounted {
  /** The URL as the provider sees it, below its mount, and the path of the whole. */
  readonly below: string;
  readonly path: string;
}

/** Which application a request is for: by its slug, or for Authentik's shared endpoint by its client id. */
function findMount(request: IncomingMessage, mounted: readonly Mounted[]): Target | undefined {
  const url = new URL(request.url ?? '/', 'http://idp');
  const [, slug = '', rest = ''] = new RegExp(`^${PREFIX}/([^/]+)(/.*)$`).exec(url.pathname) ?? [];
  const shared = slug === 'authorize' && rest === '/';
  const client = url.searchParams.get('client_id');
  const found = shared
    ? mounted.find(({ application }) => application.clientId === client)
    : mounted.find(({ application }) => application.slug === slug);
  if (found === undefined || rest.startsWith('/interaction/')) return undefined;
  return { ...found, path: url.pathname, below: (shared ? '/authorize' : rest) + url.search };
}

function answerOidc(
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const granted = target.application.grantTypes.includes('authorization_code');
  if (target.below.startsWith('/authorize') && !granted) {
    sendJson(response, 400, { error: 'invalid_request', error_description: INVALID_GRANT });
    return Promise.resolve();
  }
  if (target.below.startsWith('/jwks/') && !target.application.isSigned) {
    sendJson(response, 200, {});
    return Promise.resolve();
  }
  // oidc-provider finds its mount path by comparing these two.
  const whole = `${PREFIX}/${target.application.slug}${target.below}`;
  Object.assign(request, { originalUrl: whole, url: target.below });
  return target.answer(request, response);
}

export function run(_args: readonly string[], env: Env): void {
  const file = JSON.parse(readFileSync(env.IDP_CONFIG ?? '/etc/idp/idp.json', 'utf8')) as IdpFile;
  runDouble(createIdp(file, console.log), Number(env.IDP_PORT ?? 9000));
}
