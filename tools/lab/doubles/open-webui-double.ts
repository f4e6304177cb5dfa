import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { askJson } from './ask';
import {
  asJson,
  asList,
  bearerOf,
  cookieOf,
  createDouble,
  Refusal,
  runDouble,
  sendText,
} from './http-double';
import type { Env, Exchange, Json, Log } from './http-double';
import { finishLogin, oidcIsOn, startLogin } from './open-webui-login';
import { readToken } from './token';

const VERSION = '0.12.4-double';
const DATABASE = 'webui.db';

/** True, or Open WebUI's reading of an absent variable. */
const isOn = (value: string | undefined, otherwise: boolean) =>
  value === undefined ? otherwise : value.toLowerCase() === 'true';

/** Open WebUI's public surface; `/ready` turns good `startMs` after now, the data file is made at once. */
export function createOpenWebui(env: Env, log?: Log): Server {
  const data = env.DATA_DIR ?? '/app/backend/data';
  const database = join(data, DATABASE);
  mkdirSync(data, { recursive: true });
  if (!existsSync(database)) writeFileSync(database, `SQLite format 3\0${VERSION}\n`);
  const readyAt = Date.now() + Number(env.OPEN_WEBUI_DOUBLE_START_MS ?? 800);
  const databaseIsThere = () => {
    if (!existsSync(database)) throw new Refusal(500, 'Database unavailable');
    return { status: true };
  };
  return createDouble({
    ...(log && { log }),
    renderError: (_status, message) => ({ detail: message }),
    routes: {
      'GET /health': () => ({ status: true }),
      'GET /health/db': databaseIsThere,
      'GET /ready': () => {
        if (Date.now() < readyAt) throw new Refusal(503, 'Startup is not finished');
        if (!existsSync(database)) throw new Refusal(503, 'Database unavailable');
        return { status: true };
      },
      'GET /api/version': () => ({ version: VERSION, deployment_id: '' }),
      'GET /api/config': () => renderConfig(env),
      'GET /': ({ response }) => sendText(response, 200, renderPage(env), 'text/html'),
      'GET /auth': ({ response }) => sendText(response, 200, renderPage(env), 'text/html'),
      'GET /oauth/:provider/login': (exchange) => startLogin(exchange, env, log),
      'GET /oauth/:provider/callback': (exchange) => finishLogin(exchange, env, log),
      'GET /oauth/:provider/login/callback': (exchange) => finishLogin(exchange, env, log),
      'GET /api/models': async (exchange) => {
        checkUser(exchange, env);
        return { data: await collectModels(env, log) };
      },
      'GET /api/v1/auths/': (exchange) => checkUser(exchange, env),
    },
  });
}

const instanceName = (env: Env) =>
  env.WEBUI_NAME === undefined || env.WEBUI_NAME === 'Open WebUI'
    ? 'Open WebUI'
    : `${env.WEBUI_NAME} (Open WebUI)`;

const renderConfig = (env: Env): Json => ({
  status: true,
  name: instanceName(env),
  version: VERSION,
  default_locale: '',
  oauth: { providers: oidcIsOn(env) ? { oidc: env.OAUTH_PROVIDER_NAME ?? 'SSO' } : {} },
  features: {
    auth: isOn(env.WEBUI_AUTH, true),
    auth_trusted_header: Boolean(env.WEBUI_AUTH_TRUSTED_EMAIL_HEADER),
    enable_signup: isOn(env.ENABLE_SIGNUP, true),
    enable_login_form: isOn(env.ENABLE_LOGIN_FORM, true),
    enable_websocket: true,
    enable_version_update_check: isOn(env.ENABLE_VERSION_UPDATE_CHECK, true),
  },
});

const renderPage = (env: Env) =>
  `<!doctype html><html><head><title>${instanceName(env).replace(/[<&]/g, '')}</title></head>` +
  '<body><a href="/oauth/oidc/login">Continue with SSO</a></body></html>';

function checkUser({ headers }: Exchange, env: Env): Json {
  const token = bearerOf(headers) ?? cookieOf(headers, 'token');
  const user = readToken(token, env.WEBUI_SECRET_KEY ?? '', Date.now());
  if (user?.id !== undefined) return user;
  throw new Refusal(
    401,
    token === undefined ? 'Not authenticated' : 'Your session has expired or the token is invalid.',
  );
}

/** Asks every OpenAI connection; one that does not answer adds no models, as in the real program. */
async function collectModels(env: Env, log?: Log): Promise<unknown[]> {
  if (!isOn(env.ENABLE_OPENAI_API, true)) return [];
  const urls = (env.OPENAI_API_BASE_URLS ?? env.OPENAI_API_BASE_URL ?? '')
    .split(';')
    .filter(Boolean);
  const keys = (env.OPENAI_API_KEYS ?? env.OPENAI_API_KEY ?? '').split(';');
  const answers = urls.map(async (url, index) => {
    const headers = { authorization: `Bearer ${keys[index] ?? keys[0] ?? ''}` };
    const models = asList(asJson(await askJson(`${url}/models`, { headers })).data).map(asJson);
    return models.map(({ id }) => ({
      id,
      name: id,
      object: 'model',
      owned_by: 'openai',
      urlIdx: index,
    }));
  });
  const settled = await Promise.allSettled(answers);
  return settled.flatMap((answer) => {
    if (answer.status === 'fulfilled') return answer.value;
    log?.(`Connection error: ${String(answer.reason)}`);
    return [];
  });
}

/** The server; settings that stop the real program at its start stop this one too. */
export function run(_args: readonly string[], env: Env): void {
  const method = env.OAUTH_CODE_CHALLENGE_METHOD ?? '';
  if (!['', 'S256'].includes(method)) {
    console.error(`Code challenge methods other than "S256" not supported. Given: "${method}"`);
    process.exit(1);
  }
  if (isOn(env.WEBUI_AUTH, true) && !env.WEBUI_SECRET_KEY) {
    console.error('Required environment variable not found. WEBUI_SECRET_KEY');
    process.exit(1);
  }
  if (isOn(env.OFFLINE_MODE, false) && !env.RAG_EMBEDDING_ENGINE) {
    console.error('No embedding model is loaded');
    process.exit(1);
  }
  runDouble(createOpenWebui(env, console.log), Number(env.PORT ?? 8080));
}
