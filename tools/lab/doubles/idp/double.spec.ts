import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ask } from '@ai-stack/testing/ask';
import { openBrowser } from '../browser';
import type { IdpFile } from './config';
import { createIdp } from './double';
import { listen } from '../listen';
import type { Listening } from '../listen';
import { claimsOf } from '../token';

const AUTH = 'https://auth.lab.test';
const CHAT = 'https://chat.lab.test';
const OPENAI = 'https://openai.lab.test';
const file: IdpFile = {
  url: AUTH,
  cookieSecret: 'c'.repeat(48),
  apiToken: 'api-token',
  signingKey: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
  users: [
    {
      username: 'alice',
      password: 'pa',
      name: 'Alice',
      email: 'alice@lab.test',
      groups: ['ai-users'],
    },
    { username: 'bob', password: 'pb', name: 'Bob', email: 'bob@lab.test', groups: [] },
  ],
  applications: [
    {
      slug: 'open-webui',
      name: 'openwebui',
      allowedGroups: ['ai-users'],
      clientId: 'open-webui',
      clientSecret: 'oidc-secret',
      redirectUris: [`${CHAT}/oauth/oidc/callback`],
    },
    {
      slug: 'no-bindings',
      name: 'no-bindings',
      allowedGroups: [],
      clientId: 'no-bindings',
      clientSecret: 'no-bindings-secret',
      redirectUris: [`${CHAT}/oauth/oidc/callback`],
    },
  ],
  proxies: [
    { slug: 'chat', name: 'chat', allowedGroups: ['ai-users'], externalHost: CHAT },
    { slug: 'openai', name: 'openai', allowedGroups: ['ai-users'], externalHost: OPENAI },
    {
      slug: 'domain',
      name: 'domain',
      allowedGroups: ['ai-users'],
      externalHost: AUTH,
      cookieDomain: 'lab.test',
    },
  ],
};

let idp: Listening;
let edge: Listening;

/** Traefik in ten lines: outpost paths and the auth host go to the provider, the rest is asked first. */
const proxy = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://edge');
  const host = String(request.headers['x-test-host']);
  const forwarded = { 'x-forwarded-host': host, 'x-forwarded-proto': 'https' };
  const cookie: Record<string, string> =
    request.headers.cookie === undefined ? {} : { cookie: request.headers.cookie };
  const pass = async (base: string) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const type = request.headers['content-type'];
    const reply = await ask(base + (request.url ?? '/'), {
      method: request.method ?? 'GET',
      headers: {
        ...forwarded,
        ...cookie,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks).toString() }),
    });
    response.writeHead(reply.status, withoutLength(reply.headers)).end(reply.text);
  };
  const withoutLength = (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'transfer-encoding'));
  const serve = async () => {
    if (host === 'auth.lab.test' || url.pathname.startsWith('/outpost.goauthentik.io/'))
      return pass(idp.url);
    const headers: Record<string, string> = {
      ...forwarded,
      ...cookie,
      'x-forwarded-uri': request.url ?? '/',
    };
    const answer = await ask(`${idp.url}/outpost.goauthentik.io/auth/traefik`, { headers });
    if (answer.status === 200)
      return response.writeHead(200, withoutLength(answer.headers)).end('inside');
    return response.writeHead(answer.status, withoutLength(answer.headers)).end(answer.text);
  };
  serve().catch((error: unknown) => response.writeHead(502).end(String(error)));
});
const locate = (url: URL) => ({
  url: `${edge.url}${url.pathname}${url.search}`,
  headers: { 'x-test-host': url.host },
});

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined); // its in-memory adapter is what we want
  idp = await listen(createIdp(file));
  edge = await listen(proxy);
});
afterAll(async () => {
  for (const listening of [edge, idp]) await listening.close();
});

it('is alive', async () => expect((await idp.ask('/-/health/live/')).status).toBe(200));

it('publishes discovery and keys by application slug', async () => {
  const { reply } = await openBrowser({ locate }).visit(
    `${AUTH}/application/o/open-webui/.well-known/openid-configuration`,
  );
  const discovery = JSON.parse(reply.text) as Record<string, unknown>;
  expect(discovery).toMatchObject({
    issuer: `${AUTH}/application/o/open-webui/`,
    authorization_endpoint: `${AUTH}/application/o/open-webui/authorize`,
    jwks_uri: `${AUTH}/application/o/open-webui/jwks/`,
  });
  const keys = await idp.json('/application/o/open-webui/jwks/');
  expect(keys.body.keys).toMatchObject([{ kty: 'RSA', alg: 'RS256' }]);
  expect(JSON.stringify(keys.body)).not.toContain('"d"');
  expect((await idp.ask('/application/o/nothing/.well-known/openid-configuration')).status).toBe(
    404,
  );
});

describe('forward-auth', () => {
  const auth = (host: string) =>
    idp.ask('/outpost.goauthentik.io/auth/traefik', {
      headers: {
        'x-forwarded-host': host,
        'x-forwarded-proto': 'https',
        'x-forwarded-uri': '/v1/models?x=1',
      },
    });

  it('sends a stranger to the authorize endpoint, with a cookie', async () => {
    const { status, headers } = await auth('openai.lab.test');
    const location = new URL(headers.location ?? '');
    expect(status).toBe(302);
    expect(location.origin + location.pathname).toBe(`${AUTH}/application/o/authorize/`);
    expect(location.searchParams.get('redirect_uri')).toBe(
      `${OPENAI}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true`,
    );
    expect(headers['set-cookie']?.[0]).toMatch(/^authentik_proxy_.*HttpOnly; Secure/);
  });
  it('knows no other domain', async () => expect((await auth('a.other.test')).status).toBe(404));

  it('covers the rest of its domain: one login, and back to the host that was asked for', async () => {
    const asked = 'https://seventh.lab.test/some?x=1';
    const browser = openBrowser({ locate });
    const form = await browser.visit(asked);
    const inside = await browser.visit(form.url, { username: 'alice', password: 'pa' });
    expect([inside.url, inside.reply.text]).toEqual([asked, 'inside']);
    expect(inside.reply.headers).toMatchObject({ 'x-authentik-meta-app': 'domain' });
    const next = await browser.visit('https://eighth.lab.test/');
    expect([next.url, next.reply.text]).toEqual(['https://eighth.lab.test/', 'inside']);
    expect((await auth('lab.test')).status).toBe(404);
  });

  it('lets alice in after one login, on the second site without a form', async () => {
    const browser = openBrowser({ locate });
    const form = await browser.visit(`${OPENAI}/v1/models?x=1`);
    expect(form.url).toContain('/interaction/');
    expect(form.reply.text).toContain('name="password"');
    const wrong = await browser.visit(form.url, { username: 'alice', password: 'pb' });
    expect(wrong.reply.status).toBe(401);
    const inside = await browser.visit(form.url, { username: 'alice', password: 'pa' });
    expect([inside.url, inside.reply.text]).toEqual([`${OPENAI}/v1/models?x=1`, 'inside']);
    expect(inside.reply.headers).toMatchObject({
      'x-authentik-username': 'alice',
      'x-authentik-groups': 'ai-users',
      'x-authentik-email': 'alice@lab.test',
    });
    const chat = await browser.visit(`${CHAT}/health`);
    expect([chat.url, chat.reply.status]).toEqual([`${CHAT}/health`, 200]);
  });

  it('refuses bob, who is in no group', async () => {
    const browser = openBrowser({ locate });
    const { url } = await browser.visit(`${OPENAI}/`);
    const { reply } = await browser.visit(url, { username: 'bob', password: 'pb' });
    expect(reply.status).toBe(403);
    expect((await browser.visit(`${OPENAI}/`)).reply.status).toBe(403);
  });

  it('refuses a callback that another browser began', async () => {
    const { headers } = await auth('openai.lab.test');
    const state = new URL(headers.location ?? '').searchParams.get('state') ?? '';
    const { reply } = await openBrowser({ locate }).visit(
      `${OPENAI}/outpost.goauthentik.io/callback?code=x&state=${state}`,
    );
    expect(reply.status).toBe(400);
  });
});

it('asks for the password again after a sign-out at the provider, everywhere', async () => {
  const browser = openBrowser({ locate });
  const form = await browser.visit(`${OPENAI}/`);
  await browser.visit(form.url, { username: 'alice', password: 'pa' });
  expect((await browser.visit(`${CHAT}/health`)).url).toBe(`${CHAT}/health`);
  const end = `${AUTH}/flows/-/default/invalidation/?post_logout_redirect_uri=x&state=logout`;
  const out = await browser.visit(end);
  expect([out.url, out.reply.status]).toEqual([end, 200]);
  for (const url of [`${OPENAI}/`, `${CHAT}/health`]) {
    const again = await browser.visit(url);
    expect(again.url).toContain('/interaction/');
    expect(again.reply.text).toContain('name="password"');
  }
  const inside = await browser.visit((await browser.visit(`${OPENAI}/`)).url, {
    username: 'alice',
    password: 'pa',
  });
  expect(inside.reply.text).toBe('inside');
});

describe('a person in no group', () => {
  const headers = { authorization: 'Bearer api-token', 'content-type': 'application/json' };
  const authorize = (client: string) => {
    const query = new URLSearchParams({
      client_id: client,
      redirect_uri: `${CHAT}/oauth/oidc/callback`,
      response_type: 'code',
      scope: 'openid profile',
    });
    return `${AUTH}/application/o/authorize/?${query.toString()}`;
  };
  /** A browser that stops where the provider leads back to the chat. */
  const browserOf = () =>
    openBrowser({
      locate,
      rename: (url) =>
        url.host === 'chat.lab.test' ? new URL(`${AUTH}/-/health/live/${url.search}`) : url,
    });
  const codeOf = (url: string) => new URL(url).searchParams.get('code');

  it('enters an application without bindings, with an empty claim, and no other', async () => {
    const browser = browserOf();
    const form = await browser.visit(authorize('no-bindings'));
    const inside = await browser.visit(form.url, { username: 'bob', password: 'pb' });
    const code = codeOf(inside.url) ?? '';
    const pair = Buffer.from('no-bindings:no-bindings-secret').toString('base64');
    const { text } = await idp.ask('/application/o/no-bindings/token', {
      method: 'POST',
      headers: {
        host: 'auth.lab.test',
        'x-forwarded-proto': 'https',
        authorization: `Basic ${pair}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: `${CHAT}/oauth/oidc/callback`,
      }).toString(),
    });
    const claims = claimsOf((JSON.parse(text) as { id_token: string }).id_token);
    expect(claims).toMatchObject({ preferred_username: 'bob', groups: [] });
    expect((await browser.visit(authorize('open-webui'))).reply.status).toBe(403);
  });

  it('is refused at the next login, session or not, once it has lost the last group', async () => {
    const browser = browserOf();
    const form = await browser.visit(authorize('open-webui'));
    const inside = await browser.visit(form.url, { username: 'alice', password: 'pa' });
    expect(codeOf(inside.url)).not.toBeNull();
    const rows = async (path: string) =>
      (await idp.json(`/api/v3/core/${path}`, undefined, { headers })).body.results as {
        pk: unknown;
      }[];
    const [alice] = await rows('users/?username=alice');
    const [group] = await rows('groups/?name=ai-users');
    const change = (verb: string) =>
      idp.ask(`/api/v3/core/groups/${String(group?.pk)}/${verb}/`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ pk: alice?.pk }),
      });
    expect((await change('remove_user')).status).toBe(204);
    expect((await browser.visit(authorize('open-webui'))).reply.status).toBe(403);
    expect(codeOf((await browser.visit(authorize('no-bindings'))).url)).not.toBeNull();
    await change('add_user');
    expect(codeOf((await browser.visit(authorize('open-webui'))).url)).not.toBeNull();
  });
});

describe('API', () => {
  const headers = { authorization: 'Bearer api-token' };
  const call = async (method: string, path: string, body?: object) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const { status, text } = await idp.ask(`/api/v3/${path}`, { method, headers, ...sent });
    return { status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  };
  const first = async (path: string) =>
    ((await call('GET', path)).body.results as { pk: string }[])[0];
  const flows = async () => ({
    authorization_flow: (
      await first('flows/instances/?slug=default-provider-authorization-implicit-consent')
    )?.pk,
    invalidation_flow: (await first('flows/instances/?slug=default-provider-invalidation-flow'))
      ?.pk,
  });

  it('wants its token', async () => {
    expect(await idp.json('/api/v3/core/applications/')).toEqual({
      status: 403,
      body: { detail: 'Authentication credentials were not provided.' },
    });
    expect((await idp.ask('/api/v3/root/config/')).status).toBe(200);
  });
  it('lists by pages', async () => {
    const { body } = await call('GET', 'core/applications/?page_size=2&page=1');
    expect(body.pagination).toMatchObject({ count: 5, next: 2, total_pages: 3 });
    expect((await call('GET', 'core/applications/?slug=chat')).body.results).toMatchObject([
      { slug: 'chat' },
    ]);
    expect((await call('GET', 'core/applications/?page=9')).status).toBe(404);
  });
  it('names every wrong field', async () => {
    const { status, body } = await call('POST', 'providers/oauth2/', {
      name: 'x',
      authorization_flow: 'none',
    });
    expect(status).toBe(400);
    expect(Object.keys(body).sort()).toEqual([
      'authorization_flow',
      'invalidation_flow',
      'redirect_uris',
    ]);
  });
  it('makes a provider that works only with grant types', async () => {
    const redirect_uris = [{ matching_mode: 'strict', url: 'https://new.lab.test/cb' }];
    const made = await call('POST', 'providers/oauth2/', {
      name: 'new',
      ...(await flows()),
      redirect_uris,
    });
    const { pk, client_id } = made.body as unknown as { pk: number; client_id: string };
    await call('POST', 'core/applications/', { name: 'new', slug: 'new', provider: pk });
    const query = new URLSearchParams({
      client_id,
      redirect_uri: 'https://new.lab.test/cb',
      response_type: 'code',
      scope: 'openid',
    });
    const authorize = () => idp.ask(`/application/o/authorize/?${query.toString()}`);
    expect((await authorize()).text).toContain('Invalid grant_type for provider');
    await call('PATCH', `providers/oauth2/${pk}/`, {
      grant_types: ['authorization_code', 'refresh_token'],
    });
    expect((await authorize()).headers.location).toContain('/application/o/new/interaction/');
  });
  it('replaces the providers of an outpost', async () => {
    const outpost = await first(
      'outposts/instances/?managed__iexact=goauthentik.io/outposts/embedded',
    );
    const before = (outpost as unknown as { providers: number[] }).providers;
    const path = `outposts/instances/${outpost?.pk ?? ''}/`;
    const ask = () =>
      idp.ask('/outpost.goauthentik.io/auth/traefik', {
        headers: { 'x-forwarded-host': 'chat.lab.test' },
      });
    await call('PATCH', path, { providers: [] });
    expect((await ask()).status).toBe(404);
    await call('PATCH', path, { providers: before });
    expect((await ask()).status).toBe(302);
  });
});
