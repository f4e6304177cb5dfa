import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import packet from 'dns-packet';
import { Secret, StackError, type HttpAsk, type HttpExpect, type Probe } from '@ai-stack/core';
import type { ContainerFact, Engine } from '@ai-stack/docker';
import { openConnection, type Connection } from '@ai-stack/ssh';
import { freePort, sshdPath, startSshd, type LocalSshd } from '@ai-stack/testing/sshd';
import { askProbes, type AskDeps } from './ask-probes';
import { askTcpThroughForward } from './tcp/ask-through-forward';

const key = new Secret('sk-0123456789abcdef');
const records: packet.Answer[] = [
  { type: 'CNAME', name: 'chat.example.test', data: 'host.example.test' },
  { type: 'A', name: 'host.example.test', data: '127.0.0.1' },
];

let listener: RequestListener = (_request, response) => response.end();
let seen: { method?: string; url?: string; host?: string; authorization?: string; body: string }[] =
  [];
const servers: { close(): unknown }[] = [];
let files: string;
let httpPort: number;
let httpsPort: number;
let dnsPort: number;

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

const record: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { method, url, headers } = request;
    seen.push({ method, url, host: headers.host, authorization: headers.authorization, body });
    listener(request, response);
  });
};

function answerDns(query: packet.Packet, isUdp: boolean): packet.Packet {
  const question = query.questions?.[0] ?? { name: '', type: 'A' as const };
  const chain = records.filter(({ name }) =>
    question.name === 'chat.example.test' ? true : name === question.name,
  );
  const answers = chain.filter(({ type }) => type === question.type || type === 'CNAME');
  const isKnown = records.some(({ name }) => name === question.name);
  // A long name stands for an answer that does not fit into a datagram.
  const isCut = isUdp && question.name === 'host.example.test';
  return {
    type: 'response',
    id: query.id,
    questions: query.questions,
    flags: (isKnown ? 0 : 3) | (isCut ? packet.TRUNCATED_RESPONSE : 0),
    answers: isCut ? [] : answers,
  };
}

async function startDns(): Promise<number> {
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) =>
      socket.end(packet.streamEncode(answerDns(packet.streamDecode(bytes), false))),
    );
  });
  const port = await listen(tcp);
  const udp = createSocket('udp4');
  udp.on('message', (bytes, from) =>
    udp.send(packet.encode(answerDns(packet.decode(bytes), true)), from.port, from.address),
  );
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  servers.push(udp);
  return port;
}

function makeCertificates(directory: string): void {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test CA',
  );
  openssl(
    'req',
    ...ec,
    '-keyout',
    'leaf.key',
    '-out',
    'leaf.csr',
    '-subj',
    '/CN=chat.example.test',
  );
  writeFileSync(join(directory, 'san'), 'subjectAltName=DNS:chat.example.test\n');
  const sign = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'san',
  ];
  openssl('x509', '-req', '-in', 'leaf.csr', '-out', 'leaf.pem', ...sign);
}

beforeAll(async () => {
  files = mkdtempSync('/tmp/ai-stack-verify-');
  makeCertificates(files);
  httpPort = await listen(createServer(record));
  const [cert, leafKey] = ['leaf.pem', 'leaf.key'].map((name) => readFileSync(join(files, name)));
  httpsPort = await listen(createTlsServer({ cert, key: leafKey }, record));
  dnsPort = await startDns();
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(files, { recursive: true, force: true });
});
afterEach(() => {
  seen = [];
  listener = (_request, response) => response.end();
});

/** A clock that does not wait, and says how long it would have. */
function fastClock() {
  let at = 0;
  const pauses: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    at += ms;
    pauses.push(ms);
    return Promise.resolve();
  };
  return { now: () => at, sleep, pauses };
}

const deps = (more: Partial<AskDeps> = {}): AskDeps => ({
  connections: new Map(),
  engines: new Map(),
  secretOf: (service, name) => (service === 'litellm' && name === 'KEY' ? key : undefined),
  dnsServer: { address: '127.0.0.1', port: dnsPort },
  caFile: readFileSync(join(files, 'ca.pem'), 'utf8'),
  clock: fastClock(),
  ...more,
});

type More = Partial<Pick<Probe, 'id' | 'level' | 'service' | 'vantage'>>;
const words = {
  id: 'litellm/test',
  level: 'api',
  service: 'litellm',
  vantage: 'controller',
  title: 'a test',
  fix: 'fix it',
} as const;
const http = (
  url: string,
  expected: HttpExpect = { status: [200] },
  { ask, ...more }: More & { ask?: Partial<HttpAsk> } = {},
): Probe => ({
  ...words,
  ...more,
  ask: { kind: 'http', method: 'GET', url, ...ask },
  expect: expected,
});
const askProbe = async (probe: Probe, more?: Partial<AskDeps>) => {
  const [result] = await askProbes([probe], deps(more));
  if (result === undefined) throw new Error('no result');
  return result;
};

describe('http from this machine', () => {
  it('resolves by the DNS host, verifies TLS with the private CA, and keeps the name', async () => {
    const result = await askProbe(http(`https://chat.example.test:${httpsPort}/v1?a=b`));
    expect(result).toMatchObject({ ok: true, observed: 'status 200', durationMs: 0 });
    expect(result).not.toHaveProperty('fix');
    expect(result.target).toBe(`GET https://chat.example.test:${httpsPort}/v1?a=b`);
    expect(seen).toMatchObject([{ url: '/v1?a=b', host: `chat.example.test:${httpsPort}` }]);
  });

  it('refuses a certificate of an unknown CA', async () => {
    const probe = http(`https://chat.example.test:${httpsPort}/`);
    const result = await askProbe(probe, { caFile: undefined });
    expect(result.ok).toBe(false);
    expect(result.observed).toMatch(/^TLS: the certificate is not trusted/);
    expect(result.fix).toMatch(/caFile/);
    expect(seen).toEqual([]);
  });

  it('refuses a certificate for another name', async () => {
    const result = await askProbe(http(`https://host.example.test:${httpsPort}/`));
    expect(result.observed).toBe('TLS: the certificate is not for host.example.test');
  });

  it('tells a certificate outside of its time from one that is not trusted', async () => {
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san'];
    const ended = ['x509', '-req', '-in', 'leaf.csr', '-out', 'old.pem', '-days', '-1', ...sign];
    execFileSync('openssl', ended, { cwd: files, stdio: 'pipe' });
    const [cert, leafKey] = ['old.pem', 'leaf.key'].map((name) => readFileSync(join(files, name)));
    const port = await listen(createTlsServer({ cert, key: leafKey }, record));
    const result = await askProbe(http(`https://chat.example.test:${port}/`));
    expect(result.observed).toMatch(/^TLS: by this machine's clock, certificate has expired/);
    expect(result.fix).toMatch(/date -u/);
  });

  it('does not follow redirects', async () => {
    listener = (_request, response) =>
      response.writeHead(302, { location: 'https://auth.example.test/x?state=1' }).end();
    const result = await askProbe(
      http(`http://chat.example.test:${httpPort}/`, {
        status: [302],
        location: [{ host: 'auth.example.test' }],
      }),
    );
    expect(result).toMatchObject({
      ok: true,
      expected: 'status 302, to auth.example.test',
      observed: 'status 302, to https://auth.example.test/x?…',
    });
    expect(seen).toHaveLength(1);
  });

  it('follows redirects where it is told to: cookies go back, secrets go to the first host alone', async () => {
    const second = `https://chat.example.test:${httpsPort}`;
    listener = (request, response) => {
      if (request.url === '/start') response.writeHead(302, { location: `${second}/login?x=1` });
      if (request.url === '/login?x=1') {
        response.writeHead(302, { location: '/form', 'set-cookie': 'session=1; HttpOnly' });
      }
      if (request.url === '/form' && request.headers.cookie !== 'session=1')
        response.writeHead(400);
      response.end();
    };
    const probe = http(`http://chat.example.test:${httpPort}/start`, {
      status: [200],
      endsAt: { host: 'chat.example.test' },
    });
    const headers = { authorization: { secret: { service: 'litellm', key: 'KEY' }, prefix: '' } };
    const asking = (follow: number) =>
      askProbe({ ...probe, ask: { ...(probe.ask as HttpAsk), headers, follow } } as Probe);
    const names = [`chat.example.test:${httpPort}/start`, 'login', 'form'];
    const there = await asking(3);
    expect(there.ok).toBe(true);
    expect(names.every((name) => there.observed.includes(name))).toBe(true);
    expect(there.observed).not.toContain('x=1');
    expect(seen.map(({ authorization }) => authorization)).toEqual([
      key.reveal(),
      undefined,
      undefined,
    ]);
    expect(await asking(1)).toMatchObject({ ok: false });
  });

  it('follows nothing to plain http', async () => {
    listener = (_request, response) =>
      response.writeHead(302, { location: `http://chat.example.test:${httpPort}/` }).end();
    const probe = http(`https://chat.example.test:${httpsPort}/`);
    const result = await askProbe({
      ...probe,
      ask: { ...(probe.ask as HttpAsk), follow: 3 },
    } as Probe);
    expect(result.observed).toMatch(/redirects to something that is not https/);
  });

  describe('a stream', () => {
    const word = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
    const done = 'data: [DONE]\n\n';
    const asked = (answer: (response: ServerResponse) => void) => {
      listener = (_request, response) => answer(response);
      return askProbe(
        http(`http://chat.example.test:${httpPort}/`, { status: [200], stream: true }),
      );
    };
    const open = (response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' });

    it('brings its words one after the other, and says how long the first one took', async () => {
      const streamed = await asked((response) => {
        open(response);
        for (const part of [word, word, word, done]) response.write(part);
        response.end();
      });
      expect(streamed.observed).toMatch(/first token after \d+\.\d\d s, 3 events in \d+\.\d\d s$/);
      expect(streamed.ok).toBe(true);
    });

    it('that something on the way has collected comes all together', async () => {
      const collected = await asked((response) => open(response).end(word.repeat(60) + done));
      expect(collected.observed).toMatch(/60 events in \S+ s, all of it together$/);
      expect(collected.ok).toBe(false);
    });

    it('is not just any answer', async () => {
      const { observed } = await asked((response) => response.end('{"choices":[]}'));
      expect(observed).toMatch(/no stream/);
    });
  });

  it('sends a body and secrets, and shows neither key nor control characters', async () => {
    listener = (_request, response) =>
      response.writeHead(401).end(`\u001b[31mbad key ${'x'.repeat(270)}${key.reveal()}`);
    const headers = {
      Authorization: { secret: { service: 'litellm', key: 'KEY' }, prefix: 'Bearer ' },
    };
    const probe = http(`http://127.0.0.1:${httpPort}/?k=${key.reveal()}`, undefined, {
      ask: { method: 'POST', headers, body: { model: 'm', nested: [headers.Authorization] } },
    });
    const result = await askProbe(probe);
    expect(seen[0]).toMatchObject({ method: 'POST', authorization: `Bearer ${key.reveal()}` });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      model: 'm',
      nested: [`Bearer ${key.reveal()}`],
    });
    expect(result.ok).toBe(false);
    expect(result.observed).toMatch(/^status 401, \[31mbad key x+/);
    expect(JSON.stringify(result)).not.toContain('sk-0');
  });

  it('says which secret is not known, and does not ask', async () => {
    const headers = { key: { secret: { service: 'qdrant', key: 'KEY' }, prefix: '' } };
    const result = await askProbe(
      http(`http://127.0.0.1:${httpPort}/`, undefined, { ask: { headers } }),
    );
    expect(result.observed).toBe('the secret KEY of qdrant is not known');
    expect(result.fix).toMatch(/deploy qdrant/);
    expect(seen).toEqual([]);
  });

  it('says when the name is not known', async () => {
    const result = await askProbe(http('http://nowhere.example.test/'));
    expect(result.observed).toBe('127.0.0.1 knows no address of nowhere.example.test (NXDOMAIN)');
  });

  it('reads at most 1 MiB', async () => {
    listener = (_request, response) => response.end(`[${'1,'.repeat(1024 * 1024)}1]`);
    const expected = { status: [200], json: [{ path: '[0]', equals: 1 }] };
    const result = await askProbe(http(`http://127.0.0.1:${httpPort}/`, expected));
    expect(result.observed).toBe('status 200, a body longer than 1 MiB');
  });

  it('gives up on an answer that does not end', async () => {
    listener = (_request, response) => void response.write('{');
    const clock = { ...fastClock(), now: () => performance.now() };
    const probe = http(`http://127.0.0.1:${httpPort}/`, undefined, {
      ask: { timeoutSeconds: 0.1 },
    });
    const result = await askProbe(probe, { deadlineMs: 50, clock });
    expect(result.observed).toBe('no answer within 0.1 s');
  });
});

describe('patience', () => {
  it('waits for what is loading', async () => {
    let asked = 0;
    listener = (_request, response) => response.writeHead(asked++ < 2 ? 503 : 200).end('loading');
    const waits: string[] = [];
    const clock = fastClock();
    const result = await askProbe(http(`http://127.0.0.1:${httpPort}/`), {
      clock,
      onWait: (probe, observed) => waits.push(`${probe.id}: ${observed}`),
    });
    expect(result).toMatchObject({ ok: true, durationMs: 1300 });
    expect(clock.pauses).toEqual([500, 800]);
    expect(waits).toEqual(Array<string>(2).fill('litellm/test: status 503, loading'));
  });

  it('fails what is loading at the deadline', async () => {
    listener = (_request, response) => response.writeHead(503).end();
    const result = await askProbe(http(`http://127.0.0.1:${httpPort}/`), { deadlineMs: 20_000 });
    expect(result).toMatchObject({
      ok: false,
      observed: 'status 503 (waited 20 s)',
      fix: 'fix it',
    });
  });

  it('asks once more after a wrong answer', async () => {
    listener = (_request, response) => response.writeHead(404).end();
    expect(await askProbe(http(`http://127.0.0.1:${httpPort}/`))).toMatchObject({
      durationMs: 3000,
    });
    expect(seen).toHaveLength(2);
  });

  it('waits for a refused connection until the deadline, or 10 s where the container is healthy', async () => {
    const probe = http(`http://127.0.0.1:${await freePort()}/`);
    expect((await askProbe(probe)).observed).toBe('connection refused (waited 60 s)');
    const container = containerProbe();
    const results = await askProbes([probe, container], deps({ ...local([fact({})]) }));
    expect(results.map(({ ok }) => ok)).toEqual([true, false]);
    expect(results[1]?.observed).toBe('connection refused (waited 10 s)');
  });

  it('fails a container next to whose compose.yaml is a file that Compose would read, too', async () => {
    const strayFilesOf = (host: string, service: string) =>
      host === 'local' && service === 'litellm' ? ['/s/litellm/compose.override.yaml'] : [];
    const result = await askProbe(containerProbe(), { ...local([fact({})]), strayFilesOf });
    expect(result.ok).toBe(false);
    expect(result.observed).toMatch(/would read \/s\/litellm\/compose\.override\.yaml, too/);
  });

  it('looks for no file of a host where the question is asked from here', async () => {
    const strayFilesOf = (host: string): readonly string[] => {
      throw new Error(`asked for the files of ${JSON.stringify(host)}`);
    };
    const probe = http(`http://127.0.0.1:${httpPort}/`);
    expect(await askProbe(probe, { strayFilesOf })).toMatchObject({ ok: true });
  });

  it('asks once where a lower level has failed', async () => {
    listener = (_request, response) => response.writeHead(503).end();
    const probes = [http(`http://127.0.0.1:${httpPort}/`), containerProbe()];
    const results = await askProbes(probes, deps({ ...local([]) }));
    expect(results.map(({ observed }) => observed)).toEqual([
      'there is no such container',
      'status 503',
    ]);
    expect(seen).toHaveLength(1);
  });
});

it('asks level by level, only the chosen ones, and sorts by service, level and id', async () => {
  const order: string[] = [];
  const url = `http://127.0.0.1:${httpPort}/`;
  const make = (id: string, level: Probe['level'], service: string) =>
    http(url, undefined, { id, level, service });
  const probes = [
    make('b/2', 'client', 'b'),
    make('b/1', 'api', 'b'),
    make('a/2', 'client', 'a'),
    make('a/0', 'client', 'a'),
    make('a/3', 'inference', 'a'),
  ];
  const levels = ['api', 'client'] as const;
  const onResult = ({ level }: { level: string }) => order.push(level);
  const results = await askProbes(probes, deps({ levels, onResult }));
  expect(results.map(({ id }) => id)).toEqual(['a/0', 'a/2', 'b/1', 'b/2']);
  expect(order).toEqual(['api', 'client', 'client', 'client']);
});

it('asks at most eight at the same time from one place', async () => {
  const open: ServerResponse[] = [];
  let most = 0;
  listener = (_request, response) => {
    most = Math.max(most, open.push(response));
    // However slow the machine is: answered when eight wait, after a moment in which a ninth would come.
    if (open.length === 8) setTimeout(() => open.splice(0).forEach((waiting) => waiting.end()), 50);
  };
  const probes = Array.from({ length: 24 }, (_, at) =>
    http(`http://127.0.0.1:${httpPort}/`, undefined, { id: `litellm/${at}` }),
  );
  const results = await askProbes(probes, deps());
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(most).toBe(8);
});

it('a sequence cleans up after a failure, and says which step failed', async () => {
  listener = (request, response) => response.writeHead(request.url === '/b' ? 400 : 200).end('no');
  const step = (name: string, always = false) => ({
    name,
    ask: {
      kind: 'http' as const,
      method: 'PUT' as const,
      url: `http://127.0.0.1:${httpPort}/${name}`,
    },
    expect: { status: [200] },
    always,
  });
  const ask = {
    kind: 'http-sequence' as const,
    steps: [step('a'), step('b'), step('c'), step('d', true)],
  };
  const result = await askProbe({ ...words, ask, expect: {} });
  expect(result).toMatchObject({ ok: false, observed: 'b: status 400, no' });
  expect(seen.map(({ url }) => url)).toEqual(['/a', '/b', '/d', '/a', '/b', '/d']);
});

describe('a sequence whose URL is in an earlier answer', () => {
  const value = (name: string) => ({ secret: { service: 'litellm', key: name }, prefix: '' });
  const ask = (path: string) => ({
    kind: 'http' as const,
    method: 'GET' as const,
    url: `https://chat.example.test:${httpsPort}${path}`,
  });
  const sequence = (): Probe => ({
    ...words,
    ask: {
      kind: 'http-sequence',
      steps: [
        { name: 'first', ask: ask('/first'), expect: { status: [200] } },
        {
          name: 'second',
          ask: {
            ...ask('/never'),
            headers: { Authorization: { basic: { user: value('KEY'), password: value('KEY') } } },
          },
          urlFrom: { step: 'first', path: 'next.url' },
          expect: { status: [204] },
        },
      ],
    },
    expect: {},
  });
  const names = (url: string) => {
    listener = (request, response) =>
      request.url === '/first'
        ? response.end(JSON.stringify({ next: { url } }))
        : response.writeHead(204).end();
  };

  it('goes there with its credentials', async () => {
    names(`https://chat.example.test:${httpsPort}/there`);
    expect(await askProbe(sequence())).toMatchObject({ ok: true, observed: 'first, second' });
    const pair = `${key.reveal()}:${key.reveal()}`;
    expect(seen).toMatchObject([
      { url: '/first', authorization: undefined },
      { url: '/there', authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
    ]);
  });

  it.each([
    [
      'another host',
      () => `https://host.example.test:${httpsPort}/there`,
      /leads to https:\/\/host/,
    ],
    ['plain http', () => `http://chat.example.test:${httpPort}/there`, /leads to http:/],
    ['nowhere', () => '', /next\.url is not a URL/],
  ])('carries them to no other place: %s', async (_name, url, observed) => {
    names(url());
    const result = await askProbe(sequence());
    expect(result).toMatchObject({ ok: false, observed: expect.stringMatching(observed) });
    expect(seen.every((asked) => asked.url === '/first')).toBe(true);
  });
});

describe('dns', () => {
  const ask = (type: 'A' | 'CNAME', name: string, answers: string[]): Probe => ({
    ...words,
    ask: { kind: 'dns', server: `127.0.0.1:${dnsPort}`, name, type },
    expect: { answers },
  });
  it.each<[string, 'A' | 'CNAME', string, string[], boolean, string]>([
    ['over UDP', 'CNAME', 'chat.example.test', ['host.example.test'], true, 'host.example.test'],
    ['over TCP where it does not fit', 'A', 'host.example.test', ['127.0.0.1'], true, '127.0.0.1'],
    ['to the end of the chain', 'A', 'chat.example.test', ['127.0.0.1'], true, '127.0.0.1'],
    ['unknown', 'A', 'x.example.test', ['127.0.0.1'], false, 'no answer (NXDOMAIN)'],
  ])('%s', async (_name, type, name, answers, ok, observed) => {
    expect(await askProbe(ask(type, name, answers))).toMatchObject({ ok, observed });
  });

  it('for another name each time, which nobody has', async () => {
    const known = ask('A', 'chat.example.test', []).ask;
    const probe = (random?: true): Probe =>
      ({ ...words, ask: { ...known, random }, expect: { codes: ['NXDOMAIN'] } }) as Probe;
    expect((await askProbe(probe(true))).ok).toBe(true);
    expect((await askProbe(probe())).ok).toBe(false);
  });

  it('says when nobody answers', async () => {
    const probe = {
      ...words,
      ask: { kind: 'dns', server: `127.0.0.1:${await freePort()}`, name: 'x.test', type: 'A' },
      expect: { answers: [] },
    } as Probe;
    expect((await askProbe(probe)).observed).toBe('connection refused (waited 60 s)');
  });
});

describe('tcp from this machine', () => {
  it.each([true, false])('expected open: %s', async (open) => {
    const ask = { kind: 'tcp' as const, address: '127.0.0.1', port: httpPort };
    const closed = { ...ask, port: await freePort() };
    expect(await askProbe({ ...words, ask, expect: { open } })).toMatchObject({
      ok: open,
      observed: 'open',
    });
    const result = await askProbe({ ...words, ask: closed, expect: { open } });
    expect(result.ok).toBe(!open);
    expect(result.observed).toMatch(/^closed \(connection refused\)/);
  });
});

it('an unreachable host fails its probes, with the reason', async () => {
  const absent = [new StackError('ssh timed out', { where: { host: 'gone' }, fix: 'plug it in' })];
  const probe = http('http://x/', undefined, { vantage: 'host:gone' });
  expect(await askProbe(probe, { absent })).toMatchObject({
    ok: false,
    observed: 'host gone was not reached: ssh timed out',
    fix: 'plug it in',
  });
});

function fact(more: Partial<ContainerFact>): ContainerFact {
  return {
    id: '1',
    name: 'one',
    project: 'ai-litellm',
    service: 'litellm',
    image: 'x:1',
    imageId: '1',
    state: 'running',
    health: 'healthy',
    restartCount: 0,
    labels: { 'ai-stack.content': 'abc' },
    mountSources: [],
    ports: [],
    networks: ['ai-stack', 'traefik'],
    addresses: { 'ai-stack': '127.0.0.1', traefik: '192.0.2.1' },
    ...more,
  };
}

/** A double of an engine that knows some containers, and a connection for it that may not be used. */
function local(facts: ContainerFact[]): Pick<AskDeps, 'connections' | 'engines'> {
  const engine = { host: 'local', inspectProject: () => Promise.resolve(facts) };
  return {
    connections: new Map([['local', { host: 'local' } as Connection]]),
    engines: new Map([['local', engine as unknown as Engine]]),
  };
}

function containerProbe(): Probe {
  return {
    ...words,
    id: 'litellm/container',
    level: 'container',
    vantage: 'host:local',
    ask: { kind: 'container', project: 'ai-litellm', container: 'litellm' },
    expect: { image: 'x:1', contentHash: 'abc', healthy: true },
  };
}

if (sshdPath === undefined) {
  console.warn('probes from a host are not tested: install openssh-server');
}

(sshdPath === undefined ? describe.skip : describe)('from a host, over a real sshd', () => {
  let sshd: LocalSshd;
  let connection: Connection;
  const host = { vantage: 'host:local' as const };
  const from = (facts: ContainerFact[] = [fact({})]): Partial<AskDeps> => ({
    ...local(facts),
    connections: new Map([['local', connection]]),
  });

  beforeAll(async () => {
    sshd = await startSshd();
    connection = await openConnection(sshd.host(), { root: sshd.root });
  });
  afterAll(async () => {
    await connection.close();
    await sshd.stop();
  });

  it('asks HTTP by a name that the host resolves', async () => {
    const result = await askProbe(http(`http://localhost:${httpPort}/x`, undefined, host), from());
    expect(result).toMatchObject({ ok: true, vantage: 'host:local' });
    expect(seen).toMatchObject([{ url: '/x', host: `localhost:${httpPort}` }]);
  });

  it('asks HTTPS by a name that the stack resolves', async () => {
    const ask = { resolver: 'stack' as const };
    const url = `https://chat.example.test:${httpsPort}/`;
    expect(await askProbe(http(url, undefined, { ...host, ask }), from())).toMatchObject({
      ok: true,
    });
  });

  it("asks at a container's address in the stack's network", async () => {
    const ask = { container: { project: 'ai-litellm', container: 'litellm' } };
    const probe = http(`http://litellm:${httpPort}/`, undefined, { ...host, ask });
    expect(await askProbe(probe, from())).toMatchObject({ ok: true });
    expect(seen).toMatchObject([{ host: `litellm:${httpPort}` }]);
    const stopped = await askProbe(probe, from([fact({ state: 'exited' })]));
    expect(stopped.observed).toBe('the container litellm is exited');
  });

  it('says when a port is closed there', async () => {
    const result = await askProbe(
      http(`http://127.0.0.1:${await freePort()}/`, undefined, host),
      from(),
    );
    expect(result.observed).toMatch(
      /^the connection was closed without an answer \(as host local sees it, the port is closed/,
    );
  });

  it('asks DNS over TCP', async () => {
    const ask = {
      kind: 'dns',
      server: `127.0.0.1:${dnsPort}`,
      name: 'chat.example.test',
      type: 'A',
    } as const;
    const probe = { ...words, ...host, ask, expect: { answers: ['127.0.0.1'] } };
    expect(await askProbe(probe, from())).toMatchObject({ ok: true, observed: '127.0.0.1' });
  });

  it('tells open ports from closed ones, with and without bash', async () => {
    const ask = { kind: 'tcp' as const, address: '127.0.0.1', port: httpPort };
    const closed = { ...ask, port: await freePort() };
    const probe = { ...words, ...host, ask, expect: { open: true } };
    expect(await askProbe(probe, from())).toMatchObject({ ok: true, observed: 'open' });
    const refused = await askProbe({ ...probe, ask: closed, expect: { open: false } }, from());
    expect(refused).toMatchObject({ ok: true, observed: 'closed (connection refused)' });
    expect((await askTcpThroughForward(connection, ask, 5000)).isOpen).toBe(true);
    expect((await askTcpThroughForward(connection, closed, 5000)).isOpen).toBe(false);
  });
});
