import { describe, expect, it } from '@jest/globals';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { callers, portMatrix, publicMatrix } from './access-matrix';

const lab = inventoryEnvironment('lab');
const ends = (environment = lab) =>
  Object.fromEntries(
    publicMatrix(environment)
      .filter(({ service }) => service === 'litellm')
      .map(({ caller, end, url }) => [caller, `${end} ${new URL(url).pathname}`]),
  );

describe('publicMatrix', () => {
  it.each(['lab', 'prod'] as const)('has each caller for each public name of %s', (name) => {
    const rows = publicMatrix(inventoryEnvironment(name));
    expect([...new Set(rows.map(({ service }) => service))]).toEqual(['litellm', 'open-webui']);
    expect(rows).toHaveLength(2 * callers.length);
  });

  it('lets only a session and a right key reach the gateway', () => {
    expect(ends()).toEqual({
      'browser without a session': 'login /',
      'browser with a session': 'program /',
      'API with the key': 'program /v1/models',
      'API with the key as x-api-key': 'program /v1/models',
      'API with a wrong key': 'program /v1/models',
      'API with a wrong key as x-api-key': 'program /v1/models',
      'API with a key in a form of its own': 'login /v1/models',
      'API without a key': 'login /v1/models',
      'forged identity headers': 'login /v1/models',
      'the key, but not below /v1/': 'login /',
      'plain http': 'https /',
    });
  });

  it('sends keys to the login where apiAccess is off', () => {
    const off = { ...lab, ingress: { ...lab.ingress, apiAccess: 'off' as const } };
    expect(ends(off)['API with the key']).toBe('login /v1/models');
  });
});

describe('portMatrix', () => {
  it('has every endpoint, and only those of engines and DNS open', () => {
    const own = [
      ['ollama', 'management', 11434, true],
      ['qdrant', 'management', 6333, true],
      ['vllm', 'management', 8000, true],
      ['dns', 'trusted', 53, true],
      ['litellm', 'trusted', 4000, false],
      ['open-webui', 'trusted', 8080, false],
    ];
    const rows = portMatrix(lab).map(({ service, host, port, isOpen }) => [
      service,
      host,
      port,
      isOpen,
    ]);
    // A service that somebody adds to the lab has rows of its own.
    expect(rows.filter(([service]) => own.some(([name]) => name === service))).toEqual(own);
  });
});
