import { describe, expect, it } from '@jest/globals';
import type { DefinedContainer, DefinedService, Environment } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { defaults, normaliseService } from './normalise';

const environment = labEnvironment();
const image = 'ollama/ollama:0.32.15';

function normalised(
  service: DefinedService,
  consumer = 'ollama',
  within: Environment = environment,
) {
  const { contract } = within.services.find((entry) => entry.contract.name === consumer)!;
  return normaliseService(within, { contract, host: within.hosts[0]! }, service);
}
const container = (more: Partial<DefinedContainer>, consumer?: string) =>
  normalised({ containers: { x: { image, ...more } } }, consumer).containers['x']!;

describe('what a definition leaves out', () => {
  it('is filled in', () => {
    expect(normalised({ containers: { x: { image } } })).toEqual({
      ...defaults.service,
      containers: { x: { image, ...defaults.container, resolvesNames: false } },
    });
  });

  it('counts as left out when its value is undefined', () => {
    expect(container({ stopGracePeriod: undefined }).stopGracePeriod).toBe('30s');
  });

  it('is filled in inside of what it writes', () => {
    const model = normalised({
      containers: {
        x: {
          image,
          mounts: [{ source: '/srv/x', target: '/x' }],
          publish: [{ endpoint: 'api' }],
          routes: [{ name: 'x', rule: 'Host(`x`)', port: 1, sso: true }],
        },
      },
      files: [{ path: '/srv/x/f', content: 'c' }],
      directories: [{ path: '/srv/x', purpose: 'data' }],
      secrets: [
        { key: 'A', source: { kind: 'generated' }, description: 'a' },
        { key: 'B', source: { kind: 'provided' }, description: 'b' },
      ],
    });
    expect(model).toMatchObject({
      containers: {
        x: {
          mounts: [{ readOnly: false }],
          publish: [{ protocols: ['tcp'] }],
          routes: [{ priority: 100, allowRanges: [] }],
        },
      },
      files: [{ mode: '0644', onChange: 'recreate', containers: ['x'] }],
      directories: [{ mode: '0755', uid: 0, gid: 0 }],
      secrets: [
        { source: { kind: 'generated', bytes: 32, prefix: '' } },
        { source: { kind: 'provided', optional: false } },
      ],
    });
  });
});

it('keeps what a definition writes', () => {
  expect(container({ joinsStack: false, stopGracePeriod: '10s' })).toMatchObject({
    joinsStack: false,
    stopGracePeriod: '10s',
  });
});

describe('a container resolves the names of the stack', () => {
  it.each([
    ['litellm', undefined, true],
    ['litellm', false, false],
    ['ollama', undefined, false],
    ['ollama', true, true],
  ])('%s, written %s: %s', (consumer, resolvesNames, expected) => {
    expect(container({ resolvesNames }, consumer).resolvesNames).toBe(expected);
  });

  it('not where dns is placed nowhere', () => {
    const hosts = environment.hosts.map((host) => ({
      ...host,
      services: host.services.filter((service) => service !== 'dns'),
    }));
    const model = normalised({ containers: { x: { image } } }, 'litellm', {
      ...environment,
      hosts,
    });
    expect(model.containers['x']?.resolvesNames).toBe(false);
  });
});
