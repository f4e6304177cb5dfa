import { createServer, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listen } from './listen';
import type { Listening } from './listen';
import { createEntry, parseTraefikArgs } from './traefik-double';
import { takeToken } from './traefik-double-proxy';
import { planRoutes } from './traefik-double-routes';
import type { Container } from './traefik-double-routes';
import { parseRule } from './traefik-double-rule';

const seen = {
  host: 'openai.lab.test',
  path: '/v1/models',
  client: '172.30.0.9',
  headers: { authorization: 'Bearer sk-1' },
};
const Status = 'Up 3 seconds (healthy)';
const container = (labels: Record<string, string>, status = Status): Container => ({
  Id: 'x',
  State: 'running',
  Status: status,
  Labels: { 'traefik.enable': 'true', ...labels },
  NetworkSettings: { Networks: { traefik: { IPAddress: '127.0.0.1' } } },
});
const router = (name: string, rule: string, port: number, more: Record<string, string> = {}) => ({
  [`traefik.http.routers.${name}.rule`]: rule,
  [`traefik.http.services.${name}.loadbalancer.server.port`]: String(port),
  ...Object.fromEntries(
    Object.entries(more).map(([key, value]) => [`traefik.http.routers.${name}.${key}`, value]),
  ),
});

describe('rules', () => {
  it.each([
    ['Host(`openai.lab.test`)', true],
    ['Host(`chat.lab.test`)', false],
    ['Host(`a`) || Host(`openai.lab.test`) && PathPrefix(`/v1/`)', true],
    ['(Host(`a`) || Host(`openai.lab.test`)) && PathPrefix(`/x/`)', false],
    ['HeaderRegexp(`Authorization`, `^Bearer sk-`)', true],
    ['(HeaderRegexp(`Authorization`, `^Basic `) || HeaderRegexp(`X-Api-Key`, `^sk-`))', false],
    ['(HeaderRegexp(`Authorization`, `^Bearer sk-`) || HeaderRegexp(`X-Api-Key`, `^sk-`))', true],
    ['HeaderRegexp(`Cookie`, `.`)', false],
    ['ClientIP(`127.0.0.0/8`) || ClientIP(`172.30.0.0/16`)', true],
    ['ClientIP(`10.0.0.1`)', false],
    ['!Host(`a`) && !(Host(`b`))', true],
  ])('%s is %s', (text, expected) => expect(parseRule(text)(seen)).toBe(expected));
  it.each(['Query(`a`)', 'Host(`a`', 'Host(`a`) Host(`b`)', '', 'constructor(`a`)'])(
    '%j is refused',
    (text) => expect(() => parseRule(text)).toThrow(/^rule/),
  );
});

describe('routes', () => {
  const plan = (containers: Container[], lines: string[] = []) =>
    planRoutes(containers, 'traefik', (line) => lines.push(line));
  it.each(['Up 1 second (health: starting)', 'Up 5 minutes (unhealthy)'])(
    'leave out a container that is %s',
    (status) => expect(plan([container(router('a', 'Host(`a`)', 1), status)])).toEqual([]),
  );
  it('share requests between containers of one service, the highest priority first', () => {
    const one = container(router('a', 'Host(`a`)', 1));
    const high = container(router('b', 'Host(`a`)', 2, { priority: '100' }));
    expect(plan([one, one, high]).map(({ name, servers }) => [name, servers.length])).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
  });
  it('leave out a router without its middleware, and say so', () => {
    const lines: string[] = [];
    const bad = router('a', 'Host(`a`)', 1, { middlewares: 'gone@docker' });
    expect(plan([container(bad)], lines)).toEqual([]);
    expect(lines).toEqual([expect.stringContaining('middleware "gone@docker" does not exist')]);
  });
});

describe('requests', () => {
  let backend: Listening;
  let entry: Listening;
  beforeAll(async () => {
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/auth') === true) {
        const isKnown = request.headers.cookie === 'alice';
        response.writeHead(
          isKnown ? 200 : 302,
          isKnown ? { 'x-user': 'alice' } : { location: '/in' },
        );
        response.end();
        return;
      }
      const { headers, url, method } = request;
      request.resume().on('end', () => response.end(JSON.stringify({ headers, url, method })));
    });
    server.on('upgrade', (_request, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
      );
      socket.pipe(socket);
    });
    backend = await listen(server);
    const port = Number(new URL(backend.url).port);
    const labels = {
      ...router('open', 'Host(`open.test`)', port),
      ...router('closed', 'Host(`closed.test`)', port, { middlewares: 'login@docker' }),
      ...router('dead', 'Host(`dead.test`)', 1),
      'traefik.http.middlewares.login.forwardauth.address': `${backend.url}/auth`,
      'traefik.http.middlewares.login.forwardauth.authResponseHeaders': 'X-User,X-Group',
    };
    const routers = planRoutes([container(labels)], 'traefik', () => undefined);
    entry = await listen(createEntry({ name: 'web', port: 0, tls: false }, () => routers));
  });
  afterAll(() => Promise.all([entry.close(), backend.close()]));

  it.each([
    ['nobody.test', 404],
    ['dead.test', 502],
    ['closed.test', 302],
    ['open.test', 200],
  ])('to %s get %i', async (host, status) => {
    expect((await entry.ask('/x', { headers: { host } })).status).toBe(status);
  });
  it('carry who asks, and nothing that the client made up', async () => {
    const made = { 'x-forwarded-for': '1.2.3.4', x_user: 'root', host: 'open.test' };
    const { headers } = JSON.parse((await entry.ask('/x', { headers: made })).text) as {
      headers: Record<string, string>;
    };
    expect(headers).toMatchObject({ host: 'open.test', 'x-forwarded-for': '127.0.0.1' });
    expect(headers).not.toHaveProperty('x_user');
  });
  it('behind a login carry its headers instead of the own ones', async () => {
    const own = { host: 'closed.test', cookie: 'alice', 'x-user': 'root', 'x-group': 'admins' };
    const { headers } = JSON.parse((await entry.ask('/x', { headers: own })).text) as {
      headers: Record<string, string>;
    };
    expect(headers['x-user']).toBe('alice');
    expect(headers).not.toHaveProperty('x-group');
  });
  it('may become another protocol', async () => {
    const headers = { host: 'open.test', connection: 'Upgrade', upgrade: 'echo' };
    const echoed = await new Promise<string>((resolve, reject) => {
      httpRequest(`${entry.url}/ws`, { headers })
        .on('upgrade', (_reply, socket) => {
          socket.once('data', (data: Buffer) => {
            socket.destroy();
            resolve(data.toString());
          });
          socket.write('hello');
        })
        .on('error', reject)
        .end();
    });
    expect(echoed).toBe('hello');
  });
});

it('limits the rate of each client', () => {
  const limit = { average: 1, burst: 2 };
  const at = (now: number) => takeToken('key', limit, now);
  expect([at(0), at(0), at(0), at(1000), at(1000)]).toEqual([true, true, false, true, false]);
});
it('knows its static arguments, and no others', () => {
  const argv = [
    '--providers.docker.network=net',
    '--entrypoints.web.address=:80',
    '--entrypoints.web.http.redirections.entrypoint.to=websecure',
    '--entrypoints.websecure.address=:443',
  ];
  expect(parseTraefikArgs(argv)).toEqual({
    network: 'net',
    directory: undefined,
    entries: [
      { name: 'web', port: 80, tls: false, redirectTo: 'websecure' },
      { name: 'websecure', port: 443, tls: true },
    ],
  });
  expect(() => parseTraefikArgs(['--bogus=1'])).toThrow(/field not found, node: bogus/);
});
