import { describe, expect, it } from '@jest/globals';
import { recordOf } from './record-of';

describe('recordOf', () => {
  it.each([
    ['MX', { preference: 10, exchange: 'mail.example.org' }, '10 mail.example.org'],
    ['TXT', [Buffer.from('v=spf1 '), Buffer.from('-all')], 'v=spf1 -all'],
    ['CAA', { flags: 0, tag: 'issue', value: 'ca.example.org' }, '0 issue "ca.example.org"'],
    ['SRV', { port: 443, target: 'a.example.org' }, '0 0 443 a.example.org'],
    ['A', '192.0.2.1', '192.0.2.1'],
    ['CNAME', 'a.example.org', 'a.example.org'],
    [
      'SOA',
      {
        mname: 'a.example.org',
        rname: 'b.example.org',
        serial: 1,
        refresh: 2,
        retry: 3,
        expire: 4,
        minimum: 5,
      },
      'a.example.org b.example.org 1 2 3 4 5',
    ],
    ['HINFO', { cpu: 'x' }, '{"cpu":"x"}'],
  ] as const)('writes %s as a zone file does', (type, data, value) => {
    const answer = { name: 'lab.test', type, data } as never;
    expect(recordOf(answer)).toEqual({ name: 'lab.test', type, value });
  });
});
