import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decode, encode } from 'dns-packet';
import type { RecordType } from 'dns-packet';
import { parseZone, renderAnswer } from './upstream-zone';

async function ask(name: string, type: RecordType) {
  const file = join(process.cwd(), 'tools/lab/upstream/internet.zone');
  const zone = parseZone(await readFile(file, 'utf8'));
  const query = decode(encode({ type: 'query', id: 7, questions: [{ name, type }] }));
  const answer = decode(encode(renderAnswer(zone, query)));
  const values = (answer.answers ?? []).map((item) =>
    item.type === 'A' || item.type === 'TXT' ? item.data.toString() : item.type,
  );
  return { id: answer.id, rcode: (answer as unknown as { rcode: string }).rcode, values };
}

describe('the upstream double', () => {
  it.each<[string, RecordType, string, string[]]>([
    ['probe.upstream.test', 'A', 'NOERROR', ['192.0.2.53']],
    ['WWW.Lab.Test', 'A', 'NOERROR', ['192.0.2.80']],
    ['_acme-challenge.chat.lab.test', 'TXT', 'NOERROR', ['lab-acme-challenge']],
    ['probe.upstream.test', 'AAAA', 'NOERROR', []],
    ['lab.test', 'MX', 'NOERROR', ['MX']],
    ['lab.test', 'TXT', 'NOERROR', []],
    ['nobody.lab.test', 'A', 'NXDOMAIN', []],
    ['example', 'A', 'NXDOMAIN', []],
  ])('%s %s is %s %j', async (name, type, rcode, values) => {
    expect(await ask(name, type)).toEqual({ id: 7, rcode, values });
  });
  it('refuses a zone file that it cannot read', () => {
    expect(() => parseZone('www 300 A 192.0.2.1')).toThrow(/not a zone record/);
  });
});
