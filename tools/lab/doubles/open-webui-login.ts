import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ask, askJson } from './ask';
import { asJson, asText, cookieOf, redirect, Refusal } from './http-double';
import type { Env, Exchange, Json, Log } from './http-double';
import { claimsOf, signToken } from './token';

const STATE = 'owui-session';

export const oidcIsOn = (env: Env): boolean =>
  Boolean(env.OPENID_PROVIDER_URL && env.OAUTH_CLIENT_ID && env.OAUTH_CLIENT_SECRET);

/** The authorities that Python's ssl would trust by these variables; undefined means the default list. */
export function trustedCa(env: Env): string | undefined {
  const file = env.SSL_CERT_FILE ?? env.REQUESTS_CA_BUNDLE;
  return file === undefined || file === '' ? undefined : readFileSync(file, 'utf8');
}

async function discover(env: Env, log?: Log): Promise<Json> {
  try {
    return asJson(await askJson(env.OPENID_PROVIDER_URL ?? '', { ca: trustedCa(env) }));
  } catch (error) {
    log?.(`OIDC discovery failed: ${String(error)}`);
    throw new Refusal(500, 'Internal Server Error');
  }
}

const redirectUri = (env: Env) =>
  env.OPENID_REDIRECT_URI ?? `${env.WEBUI_URL ?? ''}/oauth/oidc/callback`;
const checkProvider = (env: Env, name: string | undefined) => {
  if (name !== 'oidc' || !oidcIsOn(env)) throw new Refusal(404, 'Not Found');
};

/** `/oauth/oidc/login`: to the provider's authorization endpoint, as discovery names it. */
export async function startLogin(
  { params, response }: Exchange,
  env: Env,
  log?: Log,
): Promise<void> {
  checkProvider(env, params[0]);
  const target = new URL(asText((await discover(env, log)).authorization_endpoint));
  const [state, nonce, verifier] = [0, 1, 2].map(() => randomBytes(32).toString('base64url'));
  const query: Json = {
    response_type: 'code',
    client_id: env.OAUTH_CLIENT_ID,
    redirect_uri: redirectUri(env),
    scope: env.OAUTH_SCOPES ?? 'openid email profile',
    state,
    nonce,
    ...(env.OAUTH_CODE_CHALLENGE_METHOD === 'S256' && {
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256')
        .update(verifier ?? '')
        .digest('base64url'),
    }),
  };
  for (const [key, value] of Object.entries(query)) target.searchParams.set(key, asText(value));
  const session = signToken({ state, nonce, verifier }, env.WEBUI_SECRET_KEY ?? '');
  redirect(response, target.href, [`${STATE}=${session}; Path=/; HttpOnly; SameSite=Lax`]);
}

/** The callback: code for tokens, then a `token` cookie that signs the user in. */
export async function finishLogin(exchange: Exchange, env: Env, log?: Log): Promise<void> {
  const { params, response, url, headers } = exchange;
  checkProvider(env, params[0]);
  const session = claimsOf(cookieOf(headers, STATE) ?? '');
  const failed = `${env.WEBUI_URL ?? ''}/auth?error=`;
  const code = url.searchParams.get('code');
  if (
    code === null ||
    session.state === undefined ||
    url.searchParams.get('state') !== session.state
  ) {
    redirect(response, `${failed}The+email+or+password+provided+is+incorrect.`);
    return;
  }
  const claims = await exchangeCode(env, code, asText(session.verifier), log);
  if (claims.nonce !== session.nonce || typeof claims.email !== 'string') {
    redirect(response, `${failed}oauth`);
    return;
  }
  const user = { id: asText(claims.sub), email: claims.email, name: claims.name };
  const exp = Math.floor(Date.now() / 1000) + 4 * 7 * 86400;
  const token = signToken({ ...user, exp }, env.WEBUI_SECRET_KEY ?? '');
  redirect(response, `${env.WEBUI_URL ?? ''}/auth`, [
    `token=${token}; Path=/; HttpOnly; SameSite=Lax`,
  ]);
}

async function exchangeCode(env: Env, code: string, verifier: string, log?: Log): Promise<Json> {
  const endpoint = asText((await discover(env, log)).token_endpoint);
  const pkce: Record<string, string> =
    env.OAUTH_CODE_CHALLENGE_METHOD === 'S256' ? { code_verifier: verifier } : {};
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri(env), ...pkce };
  const pair = [env.OAUTH_CLIENT_ID, env.OAUTH_CLIENT_SECRET].map((part) =>
    encodeURIComponent(part ?? ''),
  );
  const reply = await ask(endpoint, {
    method: 'POST',
    ca: trustedCa(env),
    headers: {
      authorization: `Basic ${Buffer.from(pair.join(':')).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  });
  if (reply.status !== 200) {
    log?.(`OIDC token endpoint answered ${reply.status}: ${reply.text.slice(0, 200)}`);
    throw new Refusal(500, 'Internal Server Error');
  }
  return claimsOf(asText(asJson(JSON.parse(reply.text)).id_token));
}
