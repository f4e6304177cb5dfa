import { describe, expect, it } from '@jest/globals';
import { StackErrors, type Environment, type ExtraRecord } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { addressesOf, dnsRecords } from './dns-records';

function withExtra(...extraRecords: ExtraRecord[]): Environment {
  const environment = labEnvironment();
  return { ...environment, dns: { ...environment.dns, extraRecords } };
}

const lines = (environment: Environment) =>
  dnsRecords(environment).map(({ name, type, value }) => `${name} ${type} ${value}`);

describe('dnsRecords', () => {
  it('derives hosts and labels from the inventory, sorted', () => {
    expect(lines(labEnvironment())).toEqual([
      'chat CNAME trusted.hosts.lab.example',
      'management.hosts A 172.30.77.12',
      'ollama CNAME management.hosts.lab.example',
      'openai CNAME trusted.hosts.lab.example',
      'qdrant CNAME management.hosts.lab.example',
      'trusted.hosts A 172.30.77.11',
      'vllm CNAME management.hosts.lab.example',
    ]);
  });

  it('gives each host its name where several provide a service, and leaves out what is not placed', () => {
    const environment = labEnvironment();
    const hosts = environment.hosts.map((host) => ({ ...host, services: ['ollama'] }));
    expect(lines({ ...environment, hosts }).filter((line) => line.includes('CNAME'))).toEqual([
      'ollama CNAME management.hosts.lab.example',
      'ollama-management CNAME management.hosts.lab.example',
      'ollama-trusted CNAME trusted.hosts.lab.example',
    ]);
  });

  it('writes IPv6 hosts as AAAA, and none for a host outside of the zone', () => {
    const environment = labEnvironment();
    const [first, second] = environment.hosts;
    const hosts = [
      { ...first!, address: 'fd00::12' },
      { ...second!, fqdn: 'trusted.elsewhere.example' },
    ];
    const found = lines({ ...environment, hosts });
    expect(found).toContain('management.hosts AAAA fd00::12');
    expect(found.filter((line) => line.startsWith('trusted'))).toEqual([]);
    expect(found).toContain('chat CNAME trusted.elsewhere.example');
  });

  it('takes extra records, the apex first', () => {
    const found = lines(
      withExtra(
        { name: '@', type: 'MX', value: '10 mail.lab.example.' },
        { name: '@', type: 'A', value: '192.0.2.1' },
        { name: '@', type: 'A', value: '192.0.2.2' },
        { name: '@', type: 'TXT', value: 'v=spf1 "quoted" -all' },
      ),
    );
    expect(found.slice(0, 4)).toEqual([
      '@ A 192.0.2.1',
      '@ A 192.0.2.2',
      '@ MX 10 mail.lab.example',
      '@ TXT v=spf1 "quoted" -all',
    ]);
  });

  it.each([
    ['an alias with other data', { name: 'chat', type: 'TXT', value: 'x' }, /CNAME.*TXT/],
    [
      'another target for an alias',
      { name: 'chat', type: 'CNAME', value: 'other.lab.example' },
      /chat\.lab\.example would be CNAME/,
    ],
    [
      'another address for a host',
      { name: 'trusted.hosts', type: 'A', value: '192.0.2.1' },
      /trusted\.hosts\.lab\.example would be A 172/,
    ],
    [
      'a value that begins a comment',
      { name: 'x', type: 'A', value: '1.2.3.4 ; $X' },
      /not a valid value/,
    ],
    [
      'a name server that is not a name',
      { name: 'x', type: 'NS', value: 'a b.example' },
      /not a valid value/,
    ],
    ['an open quote', { name: 'x', type: 'CAA', value: '0 issue "a" "' }, /not a valid value/],
  ] as const)('refuses %s', (_case, record, message) => {
    expect(() => dnsRecords(withExtra(record))).toThrow(message);
  });

  it('reports all contradictions together', () => {
    const environment = withExtra(
      { name: 'chat', type: 'A', value: '192.0.2.1' },
      { name: 'ollama', type: 'A', value: '192.0.2.1' },
    );
    expect(() => dnsRecords(environment)).toThrow(StackErrors);
  });

  it('refuses a label that two services use, although both lead to the same host', () => {
    const environment = labEnvironment();
    const services = environment.services.map(({ contract, options }) => ({
      options,
      contract: {
        ...contract,
        endpoints: contract.endpoints.map((endpoint) =>
          endpoint.label === 'openai' ? { ...endpoint, label: 'chat' } : endpoint,
        ),
      },
    }));
    expect(() => dnsRecords({ ...environment, services })).toThrow(/litellm.*open-webui/);
  });
});

it('addressesOf follows aliases to their end', () => {
  const environment = labEnvironment();
  const records = dnsRecords(environment);
  expect(addressesOf(environment, records, 'vllm.lab.example')).toEqual(['172.30.77.12']);
  expect(addressesOf(environment, records, 'nothing.lab.example')).toEqual([]);
});
