import { describe, expect, it } from '@jest/globals';
import { hostSchema, type Environment, type Probe } from '@ai-stack/core';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { renderService } from './render-service';

/** The lab with a third host, which has no service, or what is given. */
function environmentWith(options: object, third: string[] = []): Environment {
  const lab = labEnvironment();
  const otherHost = {
    name: 'other',
    ...hostSchema.parse({
      fqdn: 'other.hosts.lab.example',
      address: '172.30.77.13',
      role: 'other',
      services: third,
    }),
  };
  const services = lab.services.map((entry) =>
    ['ollama', 'vllm', 'qdrant'].includes(entry.contract.name)
      ? { ...entry, options: { ...(entry.options as object), ...options } }
      : entry,
  );
  return { ...lab, hosts: [...lab.hosts, otherHost], services };
}

function portsOf(environment: Environment, service: string): string[] {
  const releases = renderService(environment, service, definitions[service]!);
  return releases
    .flatMap(({ probes }) => probes)
    .filter((probe): probe is Extract<Probe, { ask: { kind: 'tcp' } }> => probe.ask.kind === 'tcp')
    .map(({ vantage, ask, expect: expectation }) =>
      [vantage, ask.address, ask.port, expectation.open ? 'open' : 'closed'].join(' '),
    );
}

describe.each([
  ['ollama', 11434],
  ['vllm', 8000],
  ['qdrant', 6333],
])('the port of %s', (service, port) => {
  it('is only tried from the trusted host where nothing is said', () => {
    expect(portsOf(environmentWith({}), service)).toEqual([
      `host:trusted 172.30.77.12 ${port} open`,
    ]);
  });

  it('is closed to the controller and to every other host where only consumers may reach it', () => {
    expect(portsOf(environmentWith({ reachableFrom: 'consumers' }), service)).toEqual([
      `host:trusted 172.30.77.12 ${port} open`,
      `controller 172.30.77.12 ${port} closed`,
      `host:other 172.30.77.12 ${port} closed`,
    ]);
  });
});

it('is open to every host with a consumer', () => {
  const environment = environmentWith({ reachableFrom: 'consumers' }, ['litellm']);
  const hosts = environment.hosts.map((host) =>
    host.name === 'trusted'
      ? { ...host, services: host.services.filter((name) => name !== 'litellm') }
      : host,
  );
  expect(portsOf({ ...environment, hosts }, 'ollama')).toEqual([
    'host:trusted 172.30.77.12 11434 open',
    'controller 172.30.77.12 11434 closed',
    'host:other 172.30.77.12 11434 open',
  ]);
});

it('every advice names the chain that sees published ports', () => {
  const environment = environmentWith({ reachableFrom: 'consumers' });
  const { probes } = renderService(environment, 'ollama', definitions['ollama']!)[0]!;
  const fixes = probes.filter(({ ask }) => ask.kind === 'tcp').map(({ fix }) => fix);
  expect(fixes.every((fix) => /DOCKER-USER.*ufw-docker/.test(fix))).toBe(true);
  expect(new Set(fixes)).toEqual(
    new Set([
      expect.stringContaining('let trusted through to 11434/tcp of management'),
      expect.stringContaining('let only trusted through to 11434/tcp of management'),
    ]),
  );
});
