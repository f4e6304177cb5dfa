import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTcp } from 'node:net';
import type { Server } from 'node:net';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Secret, type Environment } from '@ai-stack/core';
import type { Engine } from '@ai-stack/docker';
import { renderService } from '@ai-stack/render';
import type { Connection } from '@ai-stack/ssh';
import { askProbes } from '@ai-stack/verify';
import packet from 'dns-packet';
import { parse } from 'yaml';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import type { IdpFile } from './config';
import { createIdp } from './double';
import { listen, scratchFolder } from '../listen';
import type { Listening } from '../listen';

const SECRET = 'oidc-secret-0123456789';
jest.setTimeout(60_000);
const DNS = 53;
let scratch: ReturnType<typeof scratchFolder>;
let environment: Environment;
let authority: string;
let url: string;
const opened: { close(): unknown }[] = [];

const portOf = (server: Server) => (server.address() as AddressInfo).port;
async function open(server: Server, path?: string): Promise<Server> {
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(path, resolve),
  );
  opened.push(server);
  return server;
}

/** The identity provider by https, as a whole name with its port, and the API by which a test changes it. */
async function openProvider(): Promise<void> {
  const make = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
  ];
  const to = ['-keyout', 'key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=localhost'];
  const name = ['-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...make, ...to, ...name], { cwd: scratch.folder, stdio: 'pipe' });
  authority = readFileSync(join(scratch.folder, 'ca.pem'), 'utf8');
  const key = readFileSync(join(scratch.folder, 'key.pem'));
  const server = createServer({ key, cert: authority });
  url = `https://localhost:${portOf(await open(server))}`;
  const provider = createIdp(providerFile());
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    request.headers['x-forwarded-proto'] = 'https';
    provider.emit('request', request, response);
  });
}

function providerFile(): IdpFile {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    url,
    cookieSecret: 'c'.repeat(48),
    apiToken: 'api-token',
    signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    users: [],
    applications: [
      {
        slug: 'open-webui',
        name: 'openwebui',
        allowedGroups: [],
        clientId: 'open-webui',
        clientSecret: SECRET,
        redirectUris: ['https://chat.lab.example/oauth/oidc/callback'],
      },
    ],
    proxies: [],
  };
}

/** Changes the provider as an administrator does. */
async function patch(fields: object): Promise<void> {
  const { askJson } = await import('@ai-stack/testing/ask');
  const headers = { authorization: 'Bearer api-token', 'content-type': 'application/json' };
  const path = `${url}/api/v3/providers/oauth2/1/`;
  await askJson(path, {
    method: 'PATCH',
    headers,
    ca: authority,
    body: JSON.stringify(fields),
  });
}

/**
 * Where Open WebUI sends a browser that wants to log in, with the variables that deploy would give to it. The same probes
 * ask the real one in stack.e2e, and front-door.e2e logs in there.
 */
function loginAddress(): string {
  const [release] = renderService(environment, 'open-webui', definitions['open-webui']!);
  const compose = parse(release!.files[0]!.content) as {
    services: { 'open-webui': { environment: Record<string, string> } };
  };
  const given = compose.services['open-webui'].environment;
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'open-webui',
    redirect_uri: given['OPENID_REDIRECT_URI'] ?? `${given['WEBUI_URL']}/oauth/oidc/callback`,
    scope: given['OAUTH_SCOPES'] ?? 'openid email profile',
    state: 'kLKFy2JvN2GnSLhVJsTGmFjcXOPWnB',
    nonce: 'nYe1Ta2FcAoCB0ZpEBvX',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: given['OAUTH_CODE_CHALLENGE_METHOD'] ?? '',
  });
  return `${url}/application/o/open-webui/authorize?${query.toString()}`;
}

/** Answers the one question of these probes to Open WebUI. */
function openChat(): Promise<Listening> {
  const location = loginAddress();
  return listen(
    createHttp(({ url: path }, response) =>
      path === '/oauth/oidc/login'
        ? response.writeHead(302, { location }).end()
        : response.writeHead(404).end(),
    ),
  );
}

let sockets = 0;
/** A host whose forwards lead to what listens here. */
function connectionTo(webui: Listening, dns: number): Connection {
  const places: Record<string, number> = {
    '10.9.9.9:8080': Number(new URL(webui.url).port),
    [`172.30.77.11:${DNS}`]: dns,
  };
  return {
    host: 'trusted',
    forwardTcp: async (name: string, port: number) => {
      const path = join(scratch.folder, `forward-${(sockets += 1)}`);
      const target = places[`${name}:${port}`] ?? port;
      const { connect } = await import('node:net');
      const pipe = createTcp((socket) => {
        const other = connect(target, '127.0.0.1');
        for (const end of [socket, other]) end.on('error', () => undefined);
        socket.pipe(other).pipe(socket);
      });
      await open(pipe, path);
      return path;
    },
  } as Partial<Connection> as Connection;
}

const engine = {
  inspectProject: () =>
    Promise.resolve([
      { service: 'open-webui', state: 'running', addresses: { 'ai-stack': '10.9.9.9' } },
    ]),
} as Partial<Record<keyof Engine, unknown>> as Engine;

/** Answers every name with this machine, by TCP and by UDP alike. */
async function openDns(): Promise<number> {
  const { createSocket } = await import('node:dgram');
  const answer = ({ id, questions }: packet.Packet): packet.Packet => ({
    type: 'response',
    id,
    questions,
    answers: (questions ?? []).map(({ name }) => ({ type: 'A', name, data: '127.0.0.1' })),
  });
  const tcp = await open(
    createTcp((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) =>
        socket.end(packet.streamEncode(answer(packet.streamDecode(bytes)))),
      );
    }),
  );
  const udp = createSocket('udp4');
  udp.on('message', (bytes, from) =>
    udp.send(packet.encode(answer(packet.decode(bytes))), from.port, from.address),
  );
  await new Promise<void>((resolve) => udp.bind(portOf(tcp), '127.0.0.1', resolve));
  opened.push(udp);
  return portOf(tcp);
}

/** The probes of the login that are not right, each with what was observed and what to do. */
async function failures(secret = SECRET, hostSkew = 0): Promise<Record<string, string>> {
  const asked = [
    'clock@trusted',
    'discovery',
    'signing-key',
    'client-secret',
    'provider@trusted',
    'authorize@trusted',
  ];
  const [release] = renderService(environment, 'open-webui', definitions['open-webui']!);
  const probes = release!.probes.filter(({ id }) => asked.includes(id.replace('open-webui/', '')));
  expect(probes).toHaveLength(asked.length);
  const webui = await openChat();
  const dns = await openDns();
  const given: Record<string, string> = {
    OAUTH_CLIENT_ID: 'open-webui',
    OAUTH_CLIENT_SECRET: secret,
  };
  try {
    const results = await askProbes(probes, {
      connections: new Map([['trusted', connectionTo(webui, dns)]]),
      engines: new Map([['trusted', engine]]),
      secretOf: (_service, key) => (given[key] === undefined ? undefined : new Secret(given[key])),
      dnsServer: { address: '127.0.0.1', port: dns },
      clockSkewOf: () => ({ seconds: hostSkew, uncertaintySeconds: 0.5 }),
      caFile: authority,
      deadlineMs: 30_000,
      // A wrong answer is asked for once more; nothing here gets right by waiting.
      clock: { now: () => performance.now(), sleep: () => Promise.resolve() },
    });
    expect(JSON.stringify(results)).not.toContain(secret);
    const wrong = results.filter(({ ok }) => !ok);
    return Object.fromEntries(
      wrong.map(({ id, observed, fix }) => [
        id.replace('open-webui/', ''),
        `${observed} | ${fix ?? ''}`,
      ]),
    );
  } finally {
    await webui.close();
  }
}

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  scratch = scratchFolder();
  await openProvider();
  const lab = labEnvironment();
  environment = { ...lab, sso: { ...lab.sso, url } };
});
afterAll(() => {
  for (const one of opened) one.close();
  scratch.remove();
});

describe('verify of a login', () => {
  it('is content with a provider at which people can log in', async () => {
    expect(await failures()).toEqual({});
  });

  it('sees a provider without a signing key', async () => {
    await patch({ signing_key: null });
    const found = await failures();
    await patch({ signing_key: 'a key' });
    expect(Object.keys(found)).toEqual(['signing-key']);
    expect(found['signing-key']).toMatch(
      /discovery: status 200, id_token_signing_alg_values_supported\[\] = \["HS256"\].*choose a signing key/,
    );
  });

  it('sees a host whose clock is not that of the provider', async () => {
    const found = await failures(SECRET, -140);
    expect(Object.keys(found)).toEqual(['clock@trusted']);
    expect(found['clock@trusted']).toMatch(
      /^trusted is 2 min (19|2\d) s behind localhost:\d+ and 2 min 20 s behind this machine \| on trusted: timedatectl set-ntp true/,
    );
  });

  it('sees another redirect URI', async () => {
    await patch({
      redirect_uris: [{ matching_mode: 'strict', url: 'https://old.lab.example/cb' }],
    });
    const found = await failures();
    await patch({
      redirect_uris: [
        { matching_mode: 'strict', url: 'https://chat.lab.example/oauth/oidc/callback' },
      ],
    });
    expect(found['authorize@trusted']).toMatch(
      /status 400, .*redirect_uri.*redirect URI \(strict\) https:\/\/chat\.lab\.example\/oauth\/oidc\/callback/,
    );
  });

  it('sees another client id', async () => {
    await patch({ client_id: 'another' });
    const found = await failures();
    await patch({ client_id: 'open-webui' });
    expect(Object.keys(found).sort()).toEqual(['authorize@trusted', 'client-secret']);
    expect(found['authorize@trusted']).toMatch(/status 4\d\d.*client ID as OAUTH_CLIENT_ID/);
    expect(found['client-secret']).toMatch(/token: status 401, .*invalid_client/);
  });

  it('sees a provider that takes no codes', async () => {
    await patch({ grant_types: [] });
    const found = await failures();
    await patch({ grant_types: ['authorization_code', 'refresh_token'] });
    expect(found['authorize@trusted']).toMatch(/Invalid grant_type.*authorization_code/);
  });

  it('sees a wrong client secret, and says nothing of it', async () => {
    const found = await failures('wrong-secret-9876543210');
    expect(Object.keys(found)).toEqual(['client-secret']);
    expect(found['client-secret']).toMatch(
      /token: status 401, .*invalid_client.*put the client ID and client secret .* into secretsFile/,
    );
  });
});
