import { describe, expect, it } from '@jest/globals';
import { labels, type ContainerExpect, type HttpExpect } from '@ai-stack/core';
import type { ContainerFact } from '@ai-stack/docker';
import type { Answer } from 'dns-packet';
import { excerpt } from './excerpt';
import { evaluateContainer, fixOfLateAddress } from './container/evaluate';
import { evaluateDns, type DnsAnswer } from './dns/evaluate';
import { evaluateHttp, type HttpAnswer } from './http/evaluate';
import { evaluateTcp } from './tcp/evaluate';
import { planRetry } from './plan-retry';
import { selectPath } from './select-path';

type Attempts = Parameters<typeof planRetry>[0];

describe('selectPath', () => {
  const body = { status: 'ok', data: [{ id: 'a' }, { id: 'b' }, {}], n: { m: [[1], [2]] } };
  it.each([
    ['status', ['ok']],
    ['data[].id', ['a', 'b']],
    ['data[1].id', ['b']],
    ['n.m[0][0]', [1]],
    ['n.m[][]', [1, 2]],
    ['', [body]],
    ['nothing.there', []],
    ['status[].id', []],
    ['toString', []],
  ])('%s', (path, values) => expect(selectPath(body, path)).toEqual(values));
});

describe('evaluateHttp of a stream', () => {
  const facts = { events: 30, isEnded: true, hasError: false };
  it.each<[string, [number, number, number], 'ok' | 'wrong', RegExp]>([
    [
      'comes word by word',
      [300, 1800, 30],
      'ok',
      /first token after 0\.30 s, 30 events in 1\.90 s$/,
    ],
    ['comes fast', [380, 384, 15], 'ok', /0\.38 s/],
    ['comes after its model was loaded', [61_000, 61_900, 30], 'ok', /61\.00 s/],
    [
      'was collected',
      [24_000, 24_000, 1],
      'wrong',
      /24\.00 s, 30 events in 24\.10 s, all of it tog/,
    ],
    ['was collected by a buffer', [2000, 2001, 2], 'wrong', /all of it together/],
    [
      'was collected, and passed on in its parts',
      [24_000, 24_003, 30],
      'wrong',
      /all of it together/,
    ],
  ])('%s', (_case, [firstTokenMs, lastTokenMs, arrivals], verdict, observed) => {
    const stream = { ...facts, firstTokenMs, lastTokenMs, arrivals, wholeMs: lastTokenMs + 100 };
    const answer: HttpAnswer = {
      ...{ url: 'https://a.test/', status: 200, location: undefined, body: '', isCut: false },
      stream,
    };
    expect(evaluateHttp(answer, { status: [200], stream: true })).toEqual({
      verdict,
      observed: expect.stringMatching(observed),
    });
  });
});

describe('evaluateHttp', () => {
  const answer = (more: Partial<HttpAnswer>): HttpAnswer => ({
    url: 'https://chat.example.org/',
    status: 200,
    location: undefined,
    body: '',
    isCut: false,
    ...more,
  });
  const models = JSON.stringify({ data: [{ id: 'b' }, { id: 'a' }] });
  const ids = (more: object): HttpExpect => ({
    status: [200],
    json: [{ path: 'data[].id', ...more }],
  });
  const loaded = JSON.stringify({
    models: [
      { name: 'a', in: 0, size: 5 },
      { name: 'b', in: 5, size: 5 },
    ],
  });
  const where = (name: string, more: object): HttpExpect => ({
    status: [200],
    json: [{ path: 'models[]', where: { key: 'name', equals: name }, ...more }],
  });
  const login: HttpExpect = {
    status: [302, 303, 307],
    location: [{ host: 'auth.example.org' }, { pathPrefix: '/outpost.goauthentik.io/' }],
  };
  const to = (location?: string): Partial<HttpAnswer> => ({ status: 302, location });
  it.each<[string, Partial<HttpAnswer>, HttpExpect, string, string]>([
    ['a right status', {}, { status: [200, 204] }, 'ok', 'status 200'],
    ['a wrong status', { status: 401, body: 'no' }, { status: [200] }, 'wrong', 'status 401, no'],
    ['a proxy without a backend', { status: 502 }, { status: [200] }, 'loading', 'status 502'],
    ['503', { status: 503 }, { status: [200] }, 'loading', 'status 503'],
    ['an expected 503', { status: 503 }, { status: [503] }, 'ok', 'status 503'],
    [
      'a loading model',
      { status: 500, body: 'llm server loading model' },
      { status: [200] },
      'loading',
      'status 500, llm server loading model',
    ],
    ['an error', { status: 500, body: 'x' }, { status: [200] }, 'wrong', 'status 500, x'],
    [
      'a login',
      to('https://auth.example.org/authorize?state=1'),
      login,
      'ok',
      'status 302, to https://auth.example.org/authorize?…',
    ],
    [
      'a relative login',
      to('/outpost.goauthentik.io/start'),
      login,
      'ok',
      'status 302, to https://chat.example.org/outpost.goauthentik.io/start',
    ],
    [
      'another redirect',
      to('https://evil.example.org/auth.example.org'),
      login,
      'wrong',
      'status 302, to https://evil.example.org/auth.example.org',
    ],
    ['no Location', to(), login, 'wrong', 'status 302, without a Location'],
    [
      'a redirect instead of an answer',
      to('https://auth.example.org/a?b'),
      { status: [200] },
      'wrong',
      'status 302, to https://auth.example.org/a?…',
    ],
    [
      'a text',
      { body: 'all shards are ready' },
      { status: [200], includes: 'are ready' },
      'ok',
      'status 200, the body contains "all shards are ready"',
    ],
    [
      'another text',
      { body: 'some are not' },
      { status: [200], includes: 'are ready' },
      'wrong',
      'status 200, the body contains "some are not"',
    ],
    [
      'a list in another order',
      { body: models },
      ids({ equals: ['a', 'b'] }),
      'ok',
      'status 200, data[].id = ["b","a"]',
    ],
    [
      'a list with too little and too much',
      { body: models },
      ids({ equals: ['a', 'c'] }),
      'wrong',
      'status 200, data[].id: missing "c"; not expected "b"',
    ],
    [
      'a part of a list',
      { body: models },
      ids({ contains: ['a'] }),
      'ok',
      'status 200, data[].id = ["b","a"]',
    ],
    [
      'a missing part',
      { body: models },
      ids({ contains: 'x' }),
      'wrong',
      'status 200, data[].id = ["b","a"]',
    ],
    [
      'one of several',
      { body: models },
      ids({ containsOneOf: ['x', 'a'] }),
      'ok',
      'status 200, data[].id = ["b","a"]',
    ],
    [
      'none of several',
      { body: models },
      ids({ containsOneOf: ['x', 'y'] }),
      'wrong',
      'status 200, data[].id = ["b","a"]',
    ],
    [
      'none at all',
      { body: '{}' },
      ids({ containsOneOf: ['a'] }),
      'wrong',
      'status 200, data[].id is missing',
    ],
    [
      'a page that says what is wrong',
      {
        status: 400,
        body: '<!DOCTYPE html><head><title>Redirect URI Error</title><style>a {}</style><script>let b = 1 < 2;</script></head><body><p>The request fails</p></body>',
      },
      login,
      'wrong',
      'status 400, Redirect URI Error The request fails',
    ],
    [
      'an error of the login',
      to('https://chat.example.org/oauth/oidc/callback?error=invalid_request&state=1'),
      login,
      'wrong',
      'status 302, to https://chat.example.org/oauth/oidc/callback?error=invalid_request&…',
    ],
    [
      'an error of the login in the fragment',
      to('https://auth.example.org/login#error=invalid_scope&state=1'),
      login,
      'wrong',
      'status 302, to https://auth.example.org/login?error=invalid_scope&…',
    ],
    [
      "an error on the provider's own page",
      to('https://auth.example.org/login?error=invalid_client'),
      login,
      'wrong',
      'status 302, to https://auth.example.org/login?error=invalid_client&…',
    ],
    ['presence', { body: models }, ids({ exists: true }), 'ok', 'status 200, data[].id is there'],
    ['absence', { body: '{}' }, ids({ exists: true }), 'wrong', 'status 200, data[].id is missing'],
    [
      'an expected absence',
      { body: '{}' },
      ids({ exists: false }),
      'ok',
      'status 200, data[].id is missing',
    ],
    [
      'an empty list',
      { body: '{"data":[]}' },
      ids({ equals: [] }),
      'ok',
      'status 200, data[].id = []',
    ],
    [
      'equal objects',
      { body: '{"a":{"x":1,"y":2}}' },
      { status: [200], json: [{ path: 'a', equals: { y: 2, x: 1 } }] },
      'ok',
      'status 200, a = {"x":1,"y":2}',
    ],
    [
      'one of several, of which two keys are equal',
      { body: loaded },
      where('b', { equalKeys: ['in', 'size'] }),
      'ok',
      'status 200, models[] with name "b" has in = 5, size = 5',
    ],
    [
      'one of several, of which two keys differ',
      { body: loaded },
      where('a', { equalKeys: ['in', 'size'] }),
      'wrong',
      'status 200, models[] with name "a" has in = 0, size = 5',
    ],
    [
      'one without these keys',
      { body: loaded },
      where('a', { equalKeys: ['no', 'none'] }),
      'wrong',
      'status 200, models[] with name "a" has no = nothing, none = nothing',
    ],
    [
      'none of several',
      { body: loaded },
      where('c', { equalKeys: ['in', 'size'] }),
      'wrong',
      'status 200, models[] with name "c" is missing',
    ],
    [
      'one of several that is there',
      { body: loaded },
      where('a', { exists: true }),
      'ok',
      'status 200, models[] with name "a" is there',
    ],
    [
      'no JSON',
      { body: '<html>' },
      ids({ exists: true }),
      'wrong',
      'status 200, a body that is not JSON: <html>',
    ],
    [
      'too much',
      { body: '{', isCut: true },
      ids({ exists: true }),
      'wrong',
      'status 200, a body longer than 1 MiB',
    ],
  ])('%s', (_name, more, expected, verdict, observed) => {
    expect(evaluateHttp(answer(more), expected)).toEqual({ verdict, observed });
  });
});

describe('evaluateDns', () => {
  const alias = (name: string, data: string): Answer => ({ type: 'CNAME', name, data });
  const address = (name: string, data: string): Answer => ({ type: 'A', name, data });
  const soa: Answer = {
    type: 'SOA',
    name: 'example.org',
    data: {
      mname: 'NS.example.org',
      rname: 'x.example.org',
      serial: 7,
      refresh: 1,
      retry: 2,
      expire: 3,
      minimum: 4,
    },
  };
  const chain = [alias('chat.example.org', 'h.example.org'), address('H.example.org', '10.0.0.1')];
  const txt: Answer = { type: 'TXT', name: 'x.org', data: [Buffer.from('Ab'), Buffer.from('c')] };
  it.each<[string, 'A' | 'CNAME' | 'SOA' | 'TXT', string, Answer[], string[], string, string]>([
    [
      'an address',
      'A',
      'h.example.org',
      [address('h.example.org', '10.0.0.1')],
      ['10.0.0.1'],
      'ok',
      '10.0.0.1',
    ],
    ['the end of a chain', 'A', 'Chat.example.org.', chain, ['10.0.0.1'], 'ok', '10.0.0.1'],
    ['an alias', 'CNAME', 'chat.example.org', chain, ['H.example.org.'], 'ok', 'h.example.org'],
    [
      'another alias',
      'CNAME',
      'chat.example.org',
      chain,
      ['g.example.org'],
      'wrong',
      'h.example.org',
    ],
    [
      'too many',
      'A',
      'h.example.org',
      [...chain, address('h.example.org', '10.0.0.2')],
      ['10.0.0.1'],
      'wrong',
      '10.0.0.1, 10.0.0.2',
    ],
    ['too few', 'A', 'h.example.org', chain, ['10.0.0.1', '10.0.0.2'], 'wrong', '10.0.0.1'],
    [
      'an alias to nowhere',
      'A',
      'chat.example.org',
      chain.slice(0, 1),
      ['10.0.0.1'],
      'wrong',
      'no answer (NOERROR), an alias of h.example.org without A',
    ],
    ['nothing, as expected', 'A', 'x.example.org', [], [], 'ok', 'no answer (NOERROR)'],
    [
      'a circle',
      'A',
      'a.org',
      [alias('a.org', 'b.org'), alias('b.org', 'a.org')],
      [],
      'ok',
      'no answer (NOERROR)',
    ],
    [
      'SOA by its first field',
      'SOA',
      'example.org',
      [soa],
      ['ns.example.org.'],
      'ok',
      'ns.example.org x.example.org 7 1 2 3 4',
    ],
    [
      'SOA by its serial',
      'SOA',
      'example.org',
      [soa],
      ['* * 8'],
      'wrong',
      'ns.example.org x.example.org 7 1 2 3 4',
    ],
    ['TXT as it is written', 'TXT', 'x.org', [txt], ['Abc'], 'ok', 'Abc'],
  ])('%s', (_name, type, name, answers, wanted, verdict, observed) => {
    const answer: DnsAnswer = { code: 'NOERROR', answers };
    const ask = { kind: 'dns', server: '10.0.0.53', name, type } as const;
    expect(evaluateDns(answer, ask, { answers: wanted })).toEqual({ verdict, observed });
  });

  it.each([
    ['NXDOMAIN', 'ok'],
    ['NOERROR', 'ok'],
    ['REFUSED', 'wrong'],
    ['SERVFAIL', 'wrong'],
  ])('wants any answer: %s is %s', (code, verdict) => {
    const ask = { kind: 'dns', server: '10.0.0.53', name: 'x.org', type: 'A' } as const;
    const evaluated = evaluateDns({ code, answers: [] }, ask, { codes: ['NXDOMAIN', 'NOERROR'] });
    expect(evaluated).toEqual({ verdict, observed: `no answer (${code})` });
  });

  it('takes a refusal for no answer at all', () => {
    const ask = { kind: 'dns', server: '10.0.0.53', name: 'x.org', type: 'A' } as const;
    const evaluated = evaluateDns({ code: 'REFUSED', answers: [] }, ask, { answers: [] });
    expect(evaluated).toEqual({ verdict: 'wrong', observed: 'no answer (REFUSED)' });
  });
});

describe('evaluateContainer', () => {
  const fact = (more: Partial<ContainerFact>): ContainerFact => ({
    id: '1',
    name: 'ai-litellm-litellm-1',
    project: 'ai-litellm',
    service: 'litellm',
    image: 'litellm:1.0.0',
    imageId: 'sha256:1',
    state: 'running',
    health: 'healthy',
    restartCount: 0,
    labels: { [labels.content]: 'abc' },
    mountSources: [],
    ports: [],
    networks: [],
    addresses: {},
    ...more,
  });
  const ask = { kind: 'container', project: 'ai-litellm', container: 'litellm' } as const;
  const expectation: ContainerExpect = {
    image: 'litellm:1.0.0',
    contentHash: 'abc',
    healthy: true,
  };
  it('compares what may have changed since', () => {
    const settings = {
      networks: [{ name: 'ai-stack', aliases: ['litellm'] }],
      ...{ ports: [], memoryBytes: 0, cpus: 0, restart: 'unless-stopped' },
    };
    const evaluated = evaluateContainer([fact({ networks: [] })], ask, {
      ...expectation,
      settings,
    });
    expect(evaluated).toMatchObject({
      verdict: 'wrong',
      observed: 'running, healthy, it is not in the network ai-stack',
    });
    const there = evaluateContainer([fact({ networks: ['ai-stack'] })], ask, {
      ...expectation,
      settings,
    });
    expect(there.verdict).toBe('ok');
  });

  it.each<[string, Partial<ContainerFact>, boolean, string, string]>([
    ['healthy', {}, true, 'ok', 'running, healthy, image litellm:1.0.0'],
    ['starting', { health: 'starting' }, true, 'loading', 'running, starting, image litellm:1.0.0'],
    [
      'unhealthy',
      { health: 'unhealthy', restartCount: 2 },
      true,
      'wrong',
      'running, unhealthy, 2 restarts, image litellm:1.0.0',
    ],
    [
      'no check where one is wanted',
      { health: 'none' },
      true,
      'wrong',
      'running, without a health check, image litellm:1.0.0',
    ],
    [
      'no check where none is wanted',
      { health: 'none' },
      false,
      'ok',
      'running, without a health check, image litellm:1.0.0',
    ],
    [
      'restarting',
      { state: 'restarting', restartCount: 4 },
      true,
      'loading',
      'restarting, 4 restarts, image litellm:1.0.0',
    ],
    [
      'without its address',
      { state: 'exited', startError: 'bind: no' },
      true,
      'wrong',
      'exited, it could not be started: bind: no, image litellm:1.0.0',
    ],
    ['exited', { state: 'exited' }, true, 'wrong', 'exited, image litellm:1.0.0'],
    [
      'another image',
      { image: 'litellm:0.9.0' },
      true,
      'wrong',
      'running, healthy, image litellm:0.9.0',
    ],
    [
      'another content',
      { labels: { [labels.content]: 'old' } },
      true,
      'wrong',
      'running, healthy, content old',
    ],
    [
      'no label',
      { labels: {}, health: 'starting' },
      true,
      'wrong',
      'running, starting, content unknown',
    ],
  ])('%s', (_name, more, healthy, verdict, observed) => {
    expect(evaluateContainer([fact(more)], ask, { ...expectation, healthy })).toEqual({
      verdict,
      observed,
    });
  });

  it('names the remedy for an address that came too late, and then what starts it', () => {
    const ports = [{ address: '10.0.0.1', port: 4000, protocol: 'tcp' as const }];
    const settings = { networks: [], ports, memoryBytes: 0, cpus: 0, restart: 'unless-stopped' };
    const probe = {
      ...{ vantage: 'host:trusted' as const, fix: 'deploy it again' },
      expect: { ...expectation, settings },
    };
    const startError = 'listen tcp4 10.0.0.1:4000: bind: cannot assign requested address';
    const down = fact({ state: 'exited', startError });
    expect(fixOfLateAddress([down], probe)).toMatch(
      /^on trusted: echo net\.ipv4\.ip_nonlocal_bind=1 .*; deploy it again$/,
    );
    expect(fixOfLateAddress([fact({ state: 'exited' })], probe)).toBeUndefined();
    expect(fixOfLateAddress([down], { ...probe, expect: expectation })).toBeUndefined();
  });

  it('looks at every container of the service, and at no other', () => {
    const sideFact = fact({ service: 'side', state: 'exited' });
    expect(evaluateContainer([sideFact], ask, expectation).observed).toBe(
      'there is no such container',
    );
    expect(evaluateContainer([fact({}), sideFact], ask, expectation).verdict).toBe('ok');
    expect(evaluateContainer([fact({}), fact({ state: 'dead' })], ask, expectation)).toEqual({
      verdict: 'wrong',
      observed: '2 containers, one of them: dead, image litellm:1.0.0',
    });
  });
});

it.each([
  [true, true, 'ok'],
  [false, false, 'ok'],
  [false, true, 'silent'],
  [true, false, 'wrong'],
] as const)('evaluateTcp: is open %s, should be %s: %s', (isOpen, open, verdict) => {
  expect(evaluateTcp({ isOpen, observed: 'x' }, { open }).verdict).toBe(verdict);
});

it.each<[string, Partial<Attempts>, number | undefined]>([
  ['an answer counts', { verdict: 'ok' }, undefined],
  ['an impossible question is not asked again', { verdict: 'impossible' }, undefined],
  ['one wrong answer is asked again', { verdict: 'wrong', wrong: 1 }, 3000],
  ['two are enough', { verdict: 'wrong', wrong: 2, made: 2 }, undefined],
  ['loading', { verdict: 'loading' }, 500],
  ['loading for longer', { verdict: 'loading', made: 3 }, 1280],
  ['loading for very long', { verdict: 'loading', made: 30 }, 5000],
  ['not beyond the deadline', { verdict: 'loading', made: 30, elapsedMs: 59_000 }, 1000],
  ['the deadline', { verdict: 'loading', elapsedMs: 60_000 }, undefined],
  ['silence has a shorter one', { verdict: 'silent', elapsedMs: 10_000 }, undefined],
  ['no patience', { verdict: 'wrong', wrong: 1, deadlineMs: 0 }, undefined],
])('planRetry: %s', (_name, more, pause) => {
  const first: Attempts = {
    verdict: 'ok',
    made: 1,
    wrong: 0,
    elapsedMs: 0,
    deadlineMs: 60_000,
    silenceMs: 10_000,
  };
  expect(planRetry({ ...first, ...more })).toBe(pause);
});

it('excerpt gives one short line that steers no terminal', () => {
  expect(excerpt('a\n\tb\u001b[31mc\u009b')).toBe('a b [31mc');
  expect(excerpt('x'.repeat(400))).toHaveLength(300);
  expect(excerpt(`${'x'.repeat(298)}😀😀`)).toBe(`${'x'.repeat(298)}…`);
});
