import { describe, expect, it } from '@jest/globals';
import type { Environment } from '@ai-stack/core';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { questionsOf, selectHidden } from './hidden-records';

const environment = inventoryEnvironment('lab');

describe('questionsOf', () => {
  const asked = questionsOf(environment).map(({ owner, type }) => `${owner} ${type}`);

  it('asks at the apex for every type that the zone does not hold there', () => {
    expect(asked).toEqual(expect.arrayContaining(['@ A', '@ AAAA', '@ TXT', '@ CAA']));
    expect(asked).not.toContain('@ MX');
  });

  it.each<[string, Environment['dns']['extraRecords'], string[]]>([
    ['no record', [], []],
    ['a name server alone', [{ name: '@', type: 'NS', value: 'ns.example.org' }], []],
    [
      'an address',
      [{ name: '@', type: 'A', value: '192.0.2.1' }],
      ['@ AAAA', '@ MX', '@ TXT', '@ CAA', '@ SRV'],
    ],
  ])(
    'asks at an apex with %s for what it hides, which is tried with 1.14.7',
    (_what, extra, all) => {
      const { dns } = environment;
      const asked = questionsOf({ ...environment, dns: { ...dns, extraRecords: extra } });
      expect(asked.flatMap(({ owner, type }) => (owner === '@' ? `@ ${type}` : []))).toEqual(all);
    },
  );

  it('asks of a host for all but its address, and of an alias for nothing', () => {
    expect(asked).toContain('trusted TXT');
    expect(asked).not.toContain('trusted A');
    expect(asked.filter((question) => question.startsWith('chat '))).toEqual([]);
  });
});

describe('selectHidden', () => {
  const question = { owner: '@', name: 'lab.test' };

  it('writes a record as extraRecords does', () => {
    const records = [{ name: 'LAB.test', type: 'MX', value: '10 mail.example.org' }];
    expect(selectHidden({ ...question, type: 'MX' }, records)).toEqual([
      { name: '@', type: 'MX', value: '10 mail.example.org' },
    ]);
  });

  it('leaves out what is at another name, as after an alias', () => {
    const record = { name: 'other.test', type: 'A', value: '192.0.2.1' };
    expect(selectHidden({ ...question, type: 'A' }, [record])).toEqual([]);
  });
});
