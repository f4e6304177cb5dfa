import { createHash, randomBytes } from 'node:crypto';
import { ask } from '@ai-stack/testing/ask';
import { asJson, asList, asText, cookieOf, redirect, Refusal } from '../http-double';
import type { Exchange, Json, Routes } from '../http-double';
import { callbackOf } from './config';
import type { Application, IdpFile } from './config';
import { claimsOf, readToken, signToken } from '../token';

type Site = Application & { readonly externalHost: string };
const HOUR = 3600;
const forwarded = ({ headers }: Exchange, name: string) => asText(headers[`x-forwarded-${name}`]);
const hostOf = (exchange: Exchange) => forwarded(exchange, 'host') || (exchange.headers.host ?? '');
/** The site that was asked for: of a whole domain, the host of the request. */
const askedOf = (site: Site, exchange: Exchange) =>
  site.cookieDomain === undefined ? site.externalHost : `https://${hostOf(exchange)}`;
const seconds = () => Math.floor(Date.now() / 1000);
const cookieName = (site: Site) =>
  `authentik_proxy_${createHash('sha256').update(site.clientId).digest('hex').slice(0, 8)}`;

/** Authentik's embedded outpost for those applications that are sites: forward_single, and forward_domain for the rest. */
export function outpostRoutes(
  file: IdpFile,
  applications: () => Application[],
  signedOut: ReadonlyMap<string, number>,
): Routes {
  const siteOf = (exchange: Exchange): Site => {
    const sites = applications().filter(
      (application): application is Site => application.externalHost !== undefined,
    );
    const host = hostOf(exchange);
    const site =
      sites.find((one) => !one.cookieDomain && new URL(one.externalHost).host === host) ??
      sites.find(({ cookieDomain }) => cookieDomain && host.endsWith(`.${cookieDomain}`));
    if (site === undefined) throw new Refusal(404, 'no provider for this host');
    return site;
  };
  const sessionOf = (exchange: Exchange, site: Site) => {
    const cookie = cookieOf(exchange.headers, cookieName(site));
    const session = readToken(cookie, file.cookieSecret, Date.now());
    // Whoever signed out at the provider since has no session here either.
    const endedAt = signedOut.get(asText(session?.username)) ?? 0;
    return Number(session?.at ?? 0) > endedAt || endedAt === 0 ? session : undefined;
  };
  const setCookie = (site: Site, claims: Json) => {
    const value = signToken(
      { ...claims, slug: site.slug, at: Date.now(), exp: seconds() + 24 * HOUR },
      file.cookieSecret,
    );
    const domain = site.cookieDomain === undefined ? '' : ` Domain=${site.cookieDomain};`;
    return `${cookieName(site)}=${value}; Path=/;${domain} HttpOnly; Secure; SameSite=Lax`;
  };
  const challenge = (exchange: Exchange, site: Site, target: string) => {
    const nonce = asText(sessionOf(exchange, site)?.nonce) || randomBytes(18).toString('base64url');
    const authorize = new URL(`${file.url}/application/o/authorize/`);
    authorize.search = new URLSearchParams({
      client_id: site.clientId,
      redirect_uri: callbackOf(site.externalHost),
      response_type: 'code',
      scope: 'openid email profile',
      state: signToken({ nonce, target, exp: seconds() + HOUR }, file.cookieSecret),
    }).toString();
    redirect(exchange.response, authorize.href, [setCookie(site, { nonce })]);
  };

  return {
    'GET /outpost.goauthentik.io/ping': ({ response }) => response.writeHead(204).end(),
    'GET /outpost.goauthentik.io/auth/traefik': (exchange) => {
      const site = siteOf(exchange);
      const session = sessionOf(exchange, site);
      if (session?.slug === site.slug && typeof session.username === 'string') {
        exchange.response.writeHead(200, renderUserHeaders(session, site)).end();
      } else
        challenge(exchange, site, `${askedOf(site, exchange)}${forwarded(exchange, 'uri') || '/'}`);
    },
    'GET /outpost.goauthentik.io/start': (exchange) => {
      const site = siteOf(exchange);
      const wanted = exchange.url.searchParams.get('rd') ?? '';
      const own = `${askedOf(site, exchange)}/`;
      challenge(exchange, site, wanted.startsWith(own) ? wanted : own);
    },
    'GET /outpost.goauthentik.io/callback': async (exchange) => {
      const site = siteOf(exchange);
      const { searchParams } = exchange.url;
      const state = readToken(searchParams.get('state') ?? '', file.cookieSecret, Date.now());
      const nonce = sessionOf(exchange, site)?.nonce;
      if (state?.nonce === undefined || state.nonce !== nonce)
        throw new Refusal(400, 'mismatched session');
      const user = await exchangeCode(exchange, file, site, searchParams.get('code') ?? '');
      redirect(exchange.response, asText(state.target, '/'), [setCookie(site, { ...user, nonce })]);
    },
    'GET /outpost.goauthentik.io/sign_out': (exchange) => {
      const site = siteOf(exchange);
      const gone = `${cookieName(site)}=; Path=/; Max-Age=0; HttpOnly; Secure`;
      redirect(exchange.response, `${file.url}/application/o/${site.slug}/end-session/`, [gone]);
    },
  };
}

async function exchangeCode(
  exchange: Exchange,
  file: IdpFile,
  site: Site,
  code: string,
): Promise<Json> {
  const port = exchange.request.socket.localPort ?? 9000;
  const credentials = Buffer.from(`${site.clientId}:${site.clientSecret}`).toString('base64');
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callbackOf(site.externalHost),
  };
  const reply = await ask(`http://127.0.0.1:${port}/application/o/${site.slug}/token`, {
    method: 'POST',
    headers: {
      host: new URL(file.url).host,
      'x-forwarded-proto': 'https',
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  });
  if (reply.status !== 200) throw new Refusal(400, 'failed to redeem code');
  const claims = claimsOf(asText(asJson(JSON.parse(reply.text)).id_token));
  const { sub, email, name, groups, preferred_username: username } = claims;
  return { sub, email, name, groups, username };
}

const renderUserHeaders = (session: Json, site: Site) => ({
  'x-authentik-username': asText(session.username),
  'x-authentik-email': asText(session.email),
  'x-authentik-name': asText(session.name),
  'x-authentik-uid': asText(session.sub),
  'x-authentik-groups': asList(session.groups).join('|'),
  'x-authentik-entitlements': '',
  'x-authentik-meta-app': site.slug,
  'x-authentik-meta-outpost': 'authentik Embedded Outpost',
});
