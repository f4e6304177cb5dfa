import { describe, expect, it } from '@jest/globals';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { neededRecords } from './needed-records';

const lines = (environment = labEnvironment()) =>
  neededRecords(environment).map(({ name, type, value }) => `${name} ${type} ${value}`);

describe('neededRecords', () => {
  it('ends each name of a host and of a label in an address', () => {
    expect(lines()).toEqual([
      'chat.lab.example A 172.30.77.11',
      'management.hosts.lab.example A 172.30.77.12',
      'ollama.lab.example A 172.30.77.12',
      'openai.lab.example A 172.30.77.11',
      'qdrant.lab.example A 172.30.77.12',
      'trusted.hosts.lab.example A 172.30.77.11',
      'vllm.lab.example A 172.30.77.12',
    ]);
  });

  it('knows hosts outside of the zone, IPv6, and a host on which nothing runs', () => {
    const environment = labEnvironment();
    const [management, trusted] = environment.hosts;
    const found = lines({
      ...environment,
      hosts: [
        { ...management!, services: [] },
        { ...trusted!, fqdn: 'trusted.elsewhere.example', address: 'fd00::11' },
      ],
    });
    expect(found).toEqual([
      'chat.lab.example AAAA fd00::11',
      'openai.lab.example AAAA fd00::11',
      'trusted.elsewhere.example AAAA fd00::11',
    ]);
  });
});
