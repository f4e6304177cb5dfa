import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDouble, Refusal } from './http-double';
import type { Env } from './http-double';
import { listen, scratchFolder } from './listen';
import type { Listening } from './listen';
import { createOpenWebui } from './open-webui-double';
import { signToken } from './token';

const SECRET = 'webui-secret';
let scratch: ReturnType<typeof scratchFolder>;
const open: Listening[] = [];
const start = async (env: Env = {}) => {
  const base = {
    DATA_DIR: scratch.folder,
    WEBUI_SECRET_KEY: SECRET,
    OPEN_WEBUI_DOUBLE_START_MS: '0',
  };
  const listening = await listen(createOpenWebui({ ...base, ...env }));
  open.push(listening);
  return listening;
};
const oidc = (issuer: string) => ({
  OPENID_PROVIDER_URL: `${issuer}/.well-known/openid-configuration`,
  OAUTH_CLIENT_ID: 'open-webui',
  OAUTH_CLIENT_SECRET: 's',
  OAUTH_PROVIDER_NAME: 'authentik',
  WEBUI_URL: 'https://chat.lab.test',
});
beforeEach(() => {
  scratch = scratchFolder();
});
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close();
  scratch.remove();
});

it('is alive at once, ready later, and keeps a database', async () => {
  const early = await start({ OPEN_WEBUI_DOUBLE_START_MS: '60000' });
  expect((await early.json('/health')).body).toEqual({ status: true });
  expect((await early.ask('/ready')).status).toBe(503);
  const webui = await start();
  expect((await webui.json('/ready')).body).toEqual({ status: true });
  expect((await webui.json('/health/db')).body).toEqual({ status: true });
  expect(existsSync(join(scratch.folder, 'webui.db'))).toBe(true);
  expect((await webui.json('/api/version')).body.version).toMatch(/-double$/);
  expect((await webui.ask('/')).headers['content-type']).toMatch(/^text\/html/);
});

describe('single sign-on', () => {
  it('is shown in the configuration only when it is set', async () => {
    const off = await (await start()).json('/api/config');
    expect(off.body).toMatchObject({ status: true, name: 'Open WebUI', oauth: { providers: {} } });
    const on = await (await start(oidc('http://127.0.0.1:9'))).json('/api/config');
    expect(on.body.oauth).toEqual({ providers: { oidc: 'authentik' } });
  });
  it('goes to the endpoint that discovery names', async () => {
    const endpoint = 'https://auth.lab.test/application/o/authorize/';
    const routes = {
      'GET /.well-known/openid-configuration': () => ({ authorization_endpoint: endpoint }),
    };
    const issuer = await listen(createDouble({ routes }));
    open.push(issuer);
    const webui = await start(oidc(issuer.url));
    const { status, headers } = await webui.ask('/oauth/oidc/login');
    const location = new URL(headers.location ?? '');
    expect(status).toBe(302);
    expect(location.href.startsWith(`${endpoint}?`)).toBe(true);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      client_id: 'open-webui',
      redirect_uri: 'https://chat.lab.test/oauth/oidc/callback',
      scope: 'openid email profile',
    });
    expect((await webui.ask('/oauth/github/login')).status).toBe(404);
    expect((await webui.ask('/oauth/oidc/callback?code=x&state=y')).headers.location).toMatch(
      /error=/,
    );
  });
  it('fails with 500 when the provider is away', async () => {
    const webui = await start(oidc('http://127.0.0.1:9'));
    expect((await webui.ask('/oauth/oidc/login')).status).toBe(500);
  });
});

describe('models', () => {
  const token = (secret: string) => ({
    headers: { authorization: `Bearer ${signToken({ id: 'u' }, secret)}` },
  });

  it('need a signed-in user', async () => {
    const webui = await start();
    expect(await webui.json('/api/models')).toEqual({
      status: 401,
      body: { detail: 'Not authenticated' },
    });
    expect((await webui.ask('/api/models', token('other'))).status).toBe(401);
  });
  it('come from the connection, with its key', async () => {
    const routes = { 'GET /v1/models': () => ({ data: [{ id: 'qwen2.5-coder' }] }) };
    const guard = ({ headers }: { headers: { authorization?: string } }) => {
      if (headers.authorization !== 'Bearer sk-1') throw new Refusal(401, 'no');
    };
    const gateway = await listen(createDouble({ routes, guard }));
    open.push(gateway);
    const env = { OPENAI_API_BASE_URL: `${gateway.url}/v1` };
    const good = await start({ ...env, OPENAI_API_KEY: 'sk-1' });
    expect((await good.json('/api/models', undefined, token(SECRET))).body.data).toMatchObject([
      { id: 'qwen2.5-coder' },
    ]);
    const wrong = await start({ ...env, OPENAI_API_KEY: 'sk-2' });
    expect((await wrong.json('/api/models', undefined, token(SECRET))).body).toEqual({ data: [] });
  });
  it('are empty when the gateway sends a redirect', async () => {
    const sso = await listen(
      createServer((_request, response) => response.writeHead(302, { location: '/' }).end()),
    );
    open.push(sso);
    const webui = await start({ OPENAI_API_BASE_URL: sso.url, OPENAI_API_KEY: 'sk-1' });
    expect((await webui.json('/api/models', undefined, token(SECRET))).body).toEqual({ data: [] });
  });
});
