import { describe, expect, it } from '@jest/globals';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { questionsOf, selectHidden } from './hidden-records';

const environment = inventoryEnvironment('lab');

describe('questionsOf', () => {
  const asked = questionsOf(environment).map(({ owner, type }) => `${owner} ${type}`);

  it('asks at the apex for every type that the zone does not hold there', () => {
    expect(asked).toEqual(expect.arrayContaining(['@ A', '@ AAAA', '@ TXT', '@ CAA']));
    expect(asked).not.toContain('@ MX');
  });

  it('asks of a host for all but its address, and of an alias for nothing', () => {
    expect(asked).toContain('trusted TXT');
    expect(asked).not.toContain('trusted A');
    expect(asked.filter((question) => question.startsWith('chat '))).toEqual([]);
  });
});

describe('selectHidden', () => {
  const question = { owner: '@', name: 'lab.test' };

  it.each([
    ['MX', { preference: 10, exchange: 'mail.example.org' }, '10 mail.example.org'],
    ['TXT', [Buffer.from('v=spf1 '), Buffer.from('-all')], 'v=spf1 -all'],
    ['CAA', { flags: 0, tag: 'issue', value: 'ca.example.org' }, '0 issue "ca.example.org"'],
    ['A', '192.0.2.1', '192.0.2.1'],
  ] as const)('writes %s as extraRecords does', (type, data, value) => {
    const answer = { name: 'lab.test', type, data } as never;
    expect(selectHidden({ ...question, type }, [answer])).toEqual([{ name: '@', type, value }]);
  });

  it('leaves out what stands at another name, as behind an alias', () => {
    const answer = { name: 'other.test', type: 'A', data: '192.0.2.1' } as never;
    expect(selectHidden({ ...question, type: 'A' }, [answer])).toEqual([]);
  });
});
