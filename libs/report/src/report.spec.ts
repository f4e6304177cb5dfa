import { describe, expect, it } from '@jest/globals';
import {
  badInput,
  StackError,
  StackErrors,
  type Action,
  type Plan,
  type ProbeResult,
} from '@ai-stack/core';
import type { Outcome, StatusRow } from '@ai-stack/deploy';
import { formatErrors } from './format-errors';
import { formatOutcomes } from './format-outcomes';
import { formatPlan } from './format-plan';
import { formatProbes } from './format-probes';
import { formatImages, type CheckedImage } from './format-images';
import { formatReleases, type ReleaseRow } from './format-releases';
import { formatStatus } from './format-status';
import { formatTable } from './format-table';
import { widthOf, wrapText } from './wrap-text';

const plain = { colour: false, showKept: false, verbose: false };

/** Without colours nothing may be wider than the report, or hold a control character. */
function checked(text: string): string {
  expect(text.split('\n').filter((line) => widthOf(line) > 100)).toEqual([]);
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(text).not.toMatch(/ $/m);
  return text;
}

it.each([
  ['a b c', 3, ['a b', 'c']],
  ['', 5, ['']],
  ['one\ntwo', 10, ['one', 'two']],
  ['  indented words', 10, ['  indented', 'words']],
  ['abcdefgh ij', 4, ['abcd', 'efgh', 'ij']],
  ['日本語', 4, ['日本', '語']],
  ['/srv/docker/litellm', 12, ['/srv/docker/', 'litellm']],
  ['a-bcdefghijkl', 8, ['a-bcdefg', 'hijkl']],
  [
    'see npx nx run dns:logs:lab --lines=5, or ask',
    12,
    ['see', 'npx nx run dns:logs:lab --lines=5,', 'or ask'],
  ],
  ['a (npx nx run a:b:c) d', 9, ['a', '(npx nx run a:b:c)', 'd']],
  [
    'x npx nx run-many -t deploy -p a,b -c lab --hosts=one y',
    9,
    ['x', 'npx nx run-many -t deploy -p a,b -c lab --hosts=one', 'y'],
  ],
  [
    'npx nx run stack:hold:lab --why="the disk" then',
    20,
    ['npx nx run stack:hold:lab --why="the disk"', 'then'],
  ],
  ['they run and nx ran', 9, ['they run', 'and nx', 'ran']],
])('wrapText %j', (text, width, lines) => expect(wrapText(text, width)).toEqual(lines));

describe('formatImages', () => {
  const image = 'ghcr.io/berriai/litellm:v1.108.7';
  const place = { service: 'litellm', host: 'trusted', container: 'litellm', image };
  const fits: CheckedImage = {
    ...{ ...place, state: 'fits', platform: 'linux/amd64', from: 'https://ghcr.io' },
    ...{ differences: [], unseen: ['whether python3 is in it, which the health check runs'] },
  };
  const difference = {
    what: 'entrypoint' as const,
    ...{ expected: 'docker/prod_entrypoint.sh', found: 'tini\u001b[31m --' },
    fix: 'choose another image in apps/litellm/environments/lab.yaml',
  };

  it('shows an image that fits on one line, and what nothing shows', () => {
    const lines = checked(formatImages([fits, { ...fits, host: 'management' }], plain)).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^service +host +image +platform +state$/),
      `litellm  trusted     ${image}  linux/amd64  fits`,
      `litellm  management  ${image}  linux/amd64  fits`,
      '',
      `not to be seen: ${image}: whether python3 is in it, which the health check`,
      '                runs',
      '2 images: 2 fits',
    ]);
  });

  it('shows differences with the key, and why an image was not read', () => {
    const rows: CheckedImage[] = [
      { ...fits, state: 'differs', differences: [difference], unseen: [] },
      {
        ...{ ...place, container: 'side', state: 'unknown', differences: [], unseen: [] },
        ...{ reason: 'ghcr.io does not answer', fix: 'curl it' },
      },
    ];
    const text = checked(formatImages(rows, plain)).replaceAll(/\n +/g, ' ');
    expect(text).toContain(
      `differs: litellm on trusted: the entrypoint of ${image} is tini --; expected: docker/prod_entrypoint.sh fix: choose another image in apps/litellm/environments/lab.yaml`,
    );
    expect(text).toContain(
      `unknown: litellm/side on trusted: ${image} was not read: ghcr.io does not answer fix: curl it`,
    );
    expect(text).toMatch(/\n2 images: 1 differs, 1 unknown$/);
  });
});

describe('formatReleases', () => {
  const row: ReleaseRow = {
    service: 'dns',
    host: 'trusted',
    release: '0123456789ab',
    isCurrent: true,
    when: '2026-11-23T07:10:00.000Z',
    who: 'ann',
    commit: null,
    images: ['coredns:1'],
  };
  const silent = { host: 'management', lastSeen: null, reason: 'it did not answer' };
  const note = 'unreachable: management, never seen from this machine: it did not answer';

  it('names the hosts of which nothing is known, after the rest', () => {
    const lines = checked(formatReleases([row], [silent], plain)).split('\n');
    expect(lines[1]).toMatch(/^dns +trusted +0123456789ab \*/);
    expect(lines.slice(-2)).toEqual(['* runs now', note]);
  });

  it.each([
    [[], 'no releases yet'],
    [[silent], note],
  ])('says that there are none only where all were asked: %#', (hosts, text) => {
    expect(formatReleases([], hosts, plain)).toBe(text);
  });
});

describe('formatTable', () => {
  it('aligns, wraps and colours', () => {
    const columns = [
      { title: 'name' },
      { title: 'n', align: 'right' as const },
      { title: 'text', wrap: true },
    ];
    const rows = [
      [{ text: 'a', paint: (text: string) => `<${text}>` }, '1', 'one two three four five'],
      ['long name', '100', '日本'],
    ];
    expect(formatTable(columns, rows, 34).split('\n')).toEqual([
      'name         n  text',
      '<a        >    1  one two three four',
      '<         >       five',
      'long name  100  日本',
    ]);
  });

  it('leaves the heading out where it is empty', () => {
    expect(formatTable([{ title: '' }, { title: '' }], [['a', 'b']])).toBe('a  b');
  });
});

describe('formatPlan', () => {
  const plan = (
    service: string,
    host: string,
    actions: Action[],
    more: Partial<Plan> = {},
  ): Plan => ({
    version: 1,
    environment: 'lab',
    service,
    host,
    release: '0123456789ab',
    actions,
    blocked: [],
    isDrift: false,
    ...more,
  });
  const kept: Action = { kind: 'network', verb: 'keep', target: 'ai-stack', reason: 'it is there' };
  const file: Action = {
    kind: 'file',
    verb: 'update',
    target: '/srv/docker/litellm/config/config.yaml',
    reason: 'other content',
    before: '1111',
    after: '2222',
  };
  const container: Action = {
    kind: 'container',
    verb: 'replace',
    target: 'litellm',
    reason: 'its config.yaml changed',
  };

  it('says how to undo drift or how to keep it', () => {
    const text = formatPlan(plan('litellm', 'trusted', [file], { isDrift: true }), plain);
    expect(checked(text)).toMatch(/trusted was changed by hand/);
    expect(text).toMatch(/npx nx run litellm:deploy:lab/);
    expect(formatPlan(plan('litellm', 'trusted', [file]), plain)).not.toMatch(/by hand/);
  });

  it('shows what changes, as a tree', () => {
    const plans = [
      plan('litellm', 'trusted', [kept, file, container]),
      plan('dns', 'trusted', [kept]),
      plan('ollama', 'management', [{ ...kept, verb: 'create', reason: 'there is none' }]),
    ];
    expect(checked(formatPlan(plans, plain)).split('\n')).toEqual([
      'litellm on trusted release 0123456789ab',
      '├─ ~ file /srv/docker/litellm/config/config.yaml: other content (1111 -> 2222)',
      '└─ ± container litellm: its config.yaml changed',
      '',
      'ollama on management release 0123456789ab',
      '└─ + network ai-stack: there is none',
      '',
      'unchanged: dns on trusted',
      '1 create, 1 update, 1 replace across 2 hosts',
    ]);
    expect(formatPlan(plans, { ...plain, showKept: true })).toContain(
      '├─ = network ai-stack: it is there',
    );
  });

  it('says in one line that nothing is to do', () => {
    expect(formatPlan([plan('dns', 'trusted', [kept])], plain)).toBe('nothing to do');
    expect(formatPlan(plan('dns', 'trusted', []), plain)).toBe('nothing to do');
    expect(formatPlan([], plain)).toBe('nothing to do');
  });

  it('shows what blocks, with its fix and how to override it', () => {
    const blocked = [
      { guard: 'port-taken', reason: 'port 53 is taken by systemd-resolved', fix: 'stop it' },
      { guard: null, reason: 'a stack was made by hand', fix: 'remove it' },
    ];
    const text = checked(formatPlan([plan('dns', 'trusted', [kept], { blocked })], plain));
    expect(text.split('\n')).toEqual([
      'dns on trusted release 0123456789ab',
      '├─ ! blocked: port 53 is taken by systemd-resolved',
      '│      fix: stop it, or override with --allow=port-taken',
      '└─ ! blocked: a stack was made by hand',
      '       fix: remove it',
      '',
      'nothing to do; blocked by 2 reasons, nothing will be changed',
    ]);
  });

  it('shows what to know, which blocks nothing', () => {
    const warnings = [{ reason: 'accounts are there', fix: 'merge them' }];
    const text = checked(formatPlan([plan('dns', 'trusted', [file], { warnings })], plain));
    expect(text).toContain('└─ ! warning: accounts are there\n       fix: merge them\n');
    const plans = ['trusted', 'trusted', 'management'].map((host, at) =>
      plan(`service${at}`, host, [file], { warnings }),
    );
    expect(formatPlan(plans, plain).match(/! warning: accounts are there/g)).toHaveLength(2);
    expect(text).not.toContain('blocked');
  });

  it('lists the records that the operator has to enter, which block nothing', () => {
    const record = { server: '10.0.0.53', type: 'A' as const, value: '10.0.0.1' };
    const records = [
      { ...record, name: 'chat.home.test', observed: 'NXDOMAIN' },
      { ...record, name: 'openai.home.test', observed: '10.0.0.9' },
    ];
    const text = checked(formatPlan([plan('litellm', 'trusted', [file], { records })], plain));
    expect(text).toContain(
      [
        '└─ ! enter these records into your DNS server 10.0.0.53 (an alias that ends there will do):',
        '       chat.home.test A 10.0.0.1 (now: NXDOMAIN)',
        '       openai.home.test A 10.0.0.1 (now: 10.0.0.9)',
      ].join('\n'),
    );
    expect(text).not.toContain('blocked');
  });

  it('says what is overridden, and does not count it as blocking', () => {
    const blocked = [{ guard: 'move-with-data', reason: 'one has data', fix: 'place it back' }];
    const allow = ['move-with-data'];
    const plans = plan('dns', 'trusted', [file], { blocked });
    const text = checked(formatPlan(plans, { ...plain, allow }));
    expect(text).toContain('! overridden by --allow=move-with-data: one has data');
    expect(text).not.toContain('nothing will be changed');
  });

  it('is as wide as it is told', () => {
    const long = { ...container, reason: 'a reason of many words '.repeat(10) };
    for (const width of [60, 140]) {
      const lines = formatPlan(plan('litellm', 'trusted', [long]), { ...plain, width }).split('\n');
      const longest = Math.max(...lines.map(widthOf));
      expect(longest).toBeLessThanOrEqual(width);
      expect(longest).toBeGreaterThan(width - 20);
    }
  });

  it('counts a network that services of one host share once', () => {
    const network: Action = { ...kept, verb: 'create', reason: 'there is none' };
    const plans = [
      plan('dns', 'trusted', [network]),
      plan('litellm', 'trusted', [network, file]),
      plan('ollama', 'management', [network]),
    ];
    expect(formatPlan(plans, plain).split('\n').at(-1)).toBe('2 create, 1 update across 2 hosts');
  });

  it('says what becomes reachable without a login', () => {
    const opens = ['https://chat.lab.test, which requires a login now'];
    expect(checked(formatPlan(plan('litellm', 'trusted', [file], { opens }), plain))).toContain(
      '\n└─ ! reachable without a login: https://chat.lab.test, which requires a login now\n',
    );
  });

  it('says which hosts are unreachable since when, and what is not planned there', () => {
    const unreachable = { lastSeen: '2026-11-20T08:00:00.000Z', reason: 'it did not answer' };
    const blocked = [{ guard: null, reason: 'management is unreachable: x', fix: 'x' }];
    const off = (service: string) => plan(service, 'management', [], { blocked, unreachable });
    const plans = [plan('dns', 'trusted', [file]), off('ollama'), off('vllm')];
    expect(checked(formatPlan(plans, plain)).split('\n').slice(2)).toEqual([
      '',
      'unreachable: management, last seen 2026-11-20 08:00 UTC from this machine: it did not answer; not',
      '             planned: ollama, vllm',
      '1 update across 1 host',
    ]);
  });

  it('breaks long lines and shows only the changed ones of long texts', () => {
    const before = 'a: 1\nb: 2\nc: 3';
    const actions = [
      { ...file, before: 'x'.repeat(80), after: 'y'.repeat(80) },
      { ...file, before, after: 'a: 1\nb: 4\nc: 3', reason: 'evil \u001b[2J text' },
    ];
    const text = checked(formatPlan(plan('litellm', 'trusted', actions), plain));
    expect(text).toContain('\n       - b: 2\n       + b: 4\n');
    expect(text).not.toContain('c: 3');
  });

  it('colours only when told to', () => {
    const text = formatPlan(plan('litellm', 'trusted', [container]), { ...plain, colour: true });
    expect(text).toContain('\u001b[33m± container litellm');
  });
});

describe('formatProbes', () => {
  const right: ProbeResult = {
    id: 'dns/address',
    level: 'client',
    service: 'dns',
    vantage: 'controller',
    target: 'A trusted.example.org @10.0.0.1',
    title: 'the name of trusted has its address',
    expected: 'exactly 10.0.0.1',
    observed: '10.0.0.1',
    ok: true,
    durationMs: 12,
  };
  const wrong: ProbeResult = {
    ...right,
    id: 'litellm/models@trusted',
    service: 'litellm',
    level: 'api',
    vantage: 'host:trusted',
    title: 'LiteLLM lists exactly the rendered models',
    target: 'GET http://litellm:4000/v1/models',
    expected: 'status 200, data[].id = ["a"]',
    observed: `status 500, ${'x'.repeat(150)}`,
    ok: false,
    fix: 'see npx nx run litellm:logs',
    durationMs: 63_040,
  };

  it('shows a line for each, the failures and the count', () => {
    expect(checked(formatProbes([right, wrong], plain)).split('\n')).toEqual([
      'dns',
      '  ok    client  the name of trusted has its address        from controller   0.0 s',
      'litellm',
      '  FAIL  api     LiteLLM lists exactly the rendered models  from trusted     63.0 s',
      '',
      'FAIL litellm/models@trusted: LiteLLM lists exactly the rendered models',
      '  asked     GET http://litellm:4000/v1/models from trusted',
      '  expected  status 200, data[].id = ["a"]',
      '  observed  status 500,',
      `            ${'x'.repeat(88)}`,
      `            ${'x'.repeat(62)}`,
      '  fix       see npx nx run litellm:logs',
      '',
      '2 probes, 1 ok, 1 failed',
    ]);
  });

  it('says once what the right ones do not verify', () => {
    const unseen = 'whom Authentik lets in';
    const results = [
      { ...right, unseen },
      { ...right, id: 'dns/other', title: 'other', unseen },
    ];
    expect(checked(formatProbes(results, plain)).split('\n').slice(-4)).toEqual([
      '',
      'not seen  whom Authentik lets in',
      '',
      '2 probes, all ok',
    ]);
  });

  it('puts on one line what is right from several places', () => {
    const elsewhere: ProbeResult = {
      ...right,
      id: 'dns/address@a',
      vantage: 'host:a',
      durationMs: 90,
    };
    const failed: ProbeResult = { ...right, id: 'dns/address@b', vantage: 'host:b', ok: false };
    expect(formatProbes([right, elsewhere, failed], plain).split('\n').slice(0, 3)).toEqual([
      'dns',
      '  ok    client  the name of trusted has its address  from controller, a  0.1 s',
      '  FAIL  client  the name of trusted has its address  from b              0.0 s',
    ]);
  });

  it('says that all is well, and that there is nothing', () => {
    expect(formatProbes([right], plain)).toMatch(/\n1 probe, all ok$/);
    expect(formatProbes([], plain)).toBe('no probes to ask');
  });
});

it('formatStatus shows rows, drift and the count', () => {
  const row: StatusRow = {
    service: 'litellm',
    host: 'trusted',
    container: 'litellm',
    state: 'running',
    health: 'healthy',
    image: 'ghcr.io/berriai/litellm:v1.84.0@sha256:0123',
    release: '0123456789ab',
    when: '2026-11-23T07:10:11.000Z',
    who: 'root@controller',
    commit: null,
    drift: [],
  };
  const gone: StatusRow = {
    ...row,
    service: 'qdrant',
    container: 'side',
    state: 'absent',
    health: 'none',
    release: undefined,
    when: undefined,
    who: undefined,
    drift: ['its container is gone'],
  };
  expect(checked(formatStatus([row, gone], plain)).split('\n')).toEqual([
    'service      host     state             release       since (UTC)       by               version',
    'litellm      trusted  running, healthy  0123456789ab  2026-11-23 07:10  root@controller  v1.84.0',
    'qdrant/side  trusted  absent            -             -                 -                v1.84.0',
    '',
    'drift: qdrant/side on trusted: its container is gone',
    '2 containers, 1 running, 1 not',
  ]);
  expect(formatStatus([], plain)).toBe('no services');
  const going = { ...row, running: 'deploy litellm by ann@desk since 2026-11-23T10:00:00Z' };
  expect(checked(formatStatus([going], plain))).toContain(
    '\nrunning: litellm on trusted: deploy litellm by ann@desk since 2026-11-23T10:00:00Z\n',
  );
  const off: StatusRow = {
    ...gone,
    container: '-',
    host: 'management',
    state: 'unreachable',
    drift: [],
    unreachable: { lastSeen: null, reason: 'it did not answer' },
  };
  expect(
    checked(formatStatus([row, off], plain))
      .split('\n')
      .slice(2),
  ).toEqual([
    'qdrant   management  unreachable       -             -                 -                v1.84.0',
    '',
    'unreachable: management, never seen from this machine: it did not answer',
    '2 containers, 1 running, 1 not',
  ]);
});

it('formatOutcomes shows each, the errors and the count', () => {
  const outcome: Outcome = {
    service: 'dns',
    host: 'trusted',
    release: '1',
    state: 'changed',
    seconds: 2.34,
  };
  const error = new StackError('it is not healthy\n  | last line', {
    where: { service: 'ollama', host: 'management' },
    fix: 'npx nx run ollama:logs',
  });
  const outcomes: Outcome[] = [
    outcome,
    { ...outcome, service: 'ollama', host: 'management', state: 'failed', error, seconds: 60 },
    { ...outcome, service: 'litellm', state: 'skipped', reason: 'ollama failed', seconds: 0 },
  ];
  expect(checked(formatOutcomes(outcomes, plain)).split('\n')).toEqual([
    'changed  dns      trusted      2.3 s',
    'failed   ollama   management  60.0 s',
    'skipped  litellm  trusted      0.0 s  ollama failed',
    '',
    'error: service ollama, host management: it is not healthy',
    '         | last line',
    '    fix: npx nx run ollama:logs',
    '1 changed, 1 failed, 1 skipped',
  ]);
  expect(formatOutcomes([], plain)).toBe('nothing to do');
});

describe('formatErrors', () => {
  const file = 'libs/inventory/environments/lab/dns.yaml';
  const at = (line: number, what: string) =>
    badInput(what, {
      where: { file, line, column: 3, key: 'upstreams[0]' },
      fix: 'use an address',
    });

  it('groups by file and host, by line inside', () => {
    const unreachable = new StackError('connection timed out', {
      where: { host: 'trusted' },
      fix: 'ssh trusted',
    });
    const errors = new StackErrors(
      [at(12, 'second'), unreachable, at(4, 'first')],
      '3 reasons not to begin',
    );
    expect(checked(formatErrors(errors, plain)).split('\n')).toEqual([
      '3 reasons not to begin',
      '',
      file,
      '  4:3, upstreams[0]: first',
      '    fix: use an address',
      '  12:3, upstreams[0]: second',
      '    fix: use an address',
      '',
      'host trusted',
      '  connection timed out',
      '    fix: ssh trusted',
    ]);
  });

  it('shows one in its own words, the cause only when asked', () => {
    const error = new StackError('no answer', {
      where: { host: 'a' },
      cause: new Error('ECONNREFUSED'),
    });
    expect(formatErrors(error, plain)).toBe('error: host a: no answer');
    expect(formatErrors(error, { ...plain, verbose: true })).toMatch(
      /\n {4}cause: Error: ECONNREFUSED\n/,
    );
  });

  it('shows an error that is not ours, and how to learn more', () => {
    expect(formatErrors(new TypeError('x is undefined'), plain)).toBe(
      'error: x is undefined\n    fix: run it again with --verbose to see where it came from',
    );
    expect(formatErrors('just text', plain)).toBe('error: just text');
  });

  it('ends with a cycle of causes', () => {
    const error = new Error('outer') as Error & { cause?: unknown };
    error.cause = error;
    expect(formatErrors(error, { ...plain, verbose: true })).toContain('cause: Error: outer');
  });
});
