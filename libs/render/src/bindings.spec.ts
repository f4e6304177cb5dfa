import { describe, expect, it } from '@jest/globals';
import { contractOf, hostOf, type Environment } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { bindingsOf, publicUrlOf } from './bindings';

/** The lab with its services placed otherwise. */
function placed(places: Record<string, string[]>): Environment {
  const environment = labEnvironment();
  const hosts = environment.hosts.map((host) => ({ ...host, services: places[host.name] ?? [] }));
  return { ...environment, hosts };
}

function names(environment: Environment, consumer: string, host: string, service: string) {
  const contract = contractOf(environment, consumer);
  const found = bindingsOf(environment, { contract, host: hostOf(environment, host) }, service);
  return found.map(({ via, url, host: provider }) => `${via} ${url} (${provider})`);
}

describe('bindingsOf', () => {
  it.each([
    [
      'the same host: the alias on the stack network',
      placed({ trusted: ['litellm', 'ollama'] }),
      ['litellm', 'trusted', 'ollama'],
      ['alias http://ollama:11434 (trusted)'],
    ],
    [
      'another host: the DNS name and the published port',
      placed({ trusted: ['litellm'], management: ['ollama'] }),
      ['litellm', 'trusted', 'ollama'],
      ['dns http://ollama.lab.example:11434 (management)'],
    ],
    [
      'several hosts: one binding for each, told apart by the host',
      placed({ trusted: ['litellm', 'ollama'], management: ['ollama'] }),
      ['litellm', 'trusted', 'ollama'],
      [
        'dns http://ollama-management.lab.example:11434 (management)',
        'alias http://ollama:11434 (trusted)',
      ],
    ],
    [
      'a public endpoint from another host: the host itself, never Traefik',
      placed({ trusted: ['litellm'], management: ['open-webui'] }),
      ['open-webui', 'management', 'litellm'],
      ['dns http://trusted.hosts.lab.example:4000 (trusted)'],
    ],
    [
      'an optional need that is placed nowhere: none',
      placed({ trusted: ['litellm'] }),
      ['litellm', 'trusted', 'vllm'],
      [],
    ],
  ] as const)('%s', (_case, environment, [consumer, host, service], expected) => {
    expect(names(environment, consumer, host, service)).toEqual(expected);
  });

  it('refuses a need that is placed nowhere, saying where to place it', () => {
    const environment = placed({ trusted: ['open-webui'] });
    expect(() => names(environment, 'open-webui', 'trusted', 'litellm')).toThrow(
      /open-webui needs litellm, which is not placed on any host[\s\S]*fix: add litellm to the services/,
    );
  });

  it('refuses what the contract does not need', () => {
    expect(() => names(labEnvironment(), 'qdrant', 'management', 'litellm')).toThrow(
      /qdrant uses litellm but its contract does not say so/,
    );
  });
});

it('publicUrlOf names the port where clients must', () => {
  const environment = labEnvironment();
  const contract = contractOf(environment, 'open-webui');
  expect(publicUrlOf(environment, contract)).toBe('https://chat.lab.example');
  const withPort = { ...environment, ingress: { ...environment.ingress, port: 8443 } };
  expect(publicUrlOf(withPort, contract)).toBe('https://chat.lab.example:8443');
});
