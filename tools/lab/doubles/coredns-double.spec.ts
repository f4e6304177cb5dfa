import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decode, encode } from 'dns-packet';
import type { RecordType } from 'dns-packet';
import { answerQuery, reloadZone, servePort } from './coredns-double';
import type { Server } from './coredns-double';
import { parseCorefile } from './coredns-double-config';
import { scratchFolder } from './listen';

const zone = (serial: number, more = '') => `$ORIGIN lab.test.
$TTL 30
@ IN SOA ns.lab.test. hostmaster.lab.test. ${serial} 3600 600 604800 30
@ IN NS ns.lab.test.
@ IN MX 10 mail.upstream.test.
ns IN A 192.0.2.11
chat IN CNAME ns.lab.test.
far IN CNAME www.upstream.test.
a.deep IN TXT "say \\"hi\\"" "two"
*.wild IN A 192.0.2.12
${more}`;
const upstreamZone = zone(1, 'www IN A 192.0.2.80').replaceAll('lab.test', 'upstream.test');
const port = 20_000 + (process.pid % 20_000);
let scratch: ReturnType<typeof scratchFolder>;
let servers: Server[];
let stop: () => void;

beforeAll(() => {
  scratch = scratchFolder();
  const [own, up] = ['db', 'up'].map((name) => join(scratch.folder, name));
  writeFileSync(own!, zone(1));
  writeFileSync(up!, upstreamZone);
  const upstream: Server[] = parseCorefile(`upstream.test:${port} {\n file ${up}\n}`);
  servers = parseCorefile(`lab.test:1053 {
    errors
    file ${own} lab.test {
        reload 2s
        fallthrough
    }
    forward . 127.0.0.1:${port}
}

.:1053 {
    cache 30
    loop
    health :8080
    ready :8181
    forward . 127.0.0.1:1 127.0.0.1:${port}
}
`);
  [...servers, ...upstream].forEach(reloadZone);
  stop = servePort(upstream, port, '127.0.0.1');
});
afterAll(() => {
  stop();
  scratch.remove();
});

async function ask(name: string, type: RecordType, isTcp = false) {
  const query = encode({ id: 7, type: 'query', flags: 0x0100, questions: [{ name, type }] });
  const { answers = [], flags = 0 } = decode(await answerQuery(servers, query, isTcp));
  const shown = answers.map((answer) => ('data' in answer ? answer.data : ''));
  return { code: flags & 15, answers: shown };
}

describe('answers', () => {
  it.each([
    ['chat.lab.test', 'A', 0, ['ns.lab.test', '192.0.2.11']],
    ['chat.lab.test', 'CNAME', 0, ['ns.lab.test']],
    ['NS.Lab.Test', 'A', 0, ['192.0.2.11']],
    ['ns.lab.test', 'AAAA', 0, []],
    ['deep.lab.test', 'A', 0, []],
    ['x.wild.lab.test', 'A', 0, ['192.0.2.12']],
    ['lab.test', 'MX', 0, [{ preference: 10, exchange: 'mail.upstream.test' }]],
    ['far.lab.test', 'A', 0, ['www.upstream.test', '192.0.2.80']],
    ['www.upstream.test', 'A', 0, ['192.0.2.80']],
    ['nope.upstream.test', 'A', 3, []],
    ['nope.lab.test', 'A', 5, []],
  ] as const)('%s %s', async (name, type, code, answers) => {
    for (const isTcp of [false, true])
      expect(await ask(name, type, isTcp)).toEqual({ code, answers });
  });
  it('texts in their parts', async () => {
    const { answers } = await ask('a.deep.lab.test', 'TXT');
    expect((answers[0] as Buffer[]).map(String)).toEqual(['say "hi"', 'two']);
  });
});

it('takes a changed zone with its new serial only, and keeps the old one when the file is broken', async () => {
  const file = join(scratch.folder, 'db');
  const here = servers[0]!;
  writeFileSync(file, zone(1, 'new IN A 192.0.2.99\n'));
  reloadZone(here);
  expect((await ask('new.lab.test', 'A')).answers).toEqual([]);
  writeFileSync(file, zone(2, 'new IN A 192.0.2.99\n'));
  reloadZone(here);
  expect((await ask('new.lab.test', 'A')).answers).toEqual(['192.0.2.99']);
  writeFileSync(file, 'broken');
  expect(() => reloadZone(here)).toThrow(/not a record/);
  expect((await ask('new.lab.test', 'A')).answers).toEqual(['192.0.2.99']);
});

it.each([
  ['.:53 {\n bogus\n}', 'does not know: bogus'],
  ['.:53 {\n errors', 'not closed'],
  ['.:53 {\n file x {\n  reload soon\n }\n}', 'not a span: soon'],
])('refuses %j', (text, message) => expect(() => parseCorefile(text)).toThrow(message));
