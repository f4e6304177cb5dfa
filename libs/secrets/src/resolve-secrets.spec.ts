import { describe, expect, it } from '@jest/globals';
import { Secret, StackErrors, type SecretSource, type SecretSpec } from '@ai-stack/core';
import { resolveSecrets } from './resolve-secrets';

const spec = (key: string, source: SecretSource): SecretSpec => ({ key, source, description: 'x' });
const generated = (key: string) => spec(key, { kind: 'generated', bytes: 4, prefix: 'sk-' });
const provided = (key: string, optional = false) => spec(key, { kind: 'provided', optional });
const consumed = (key: string, service: string, of: string) =>
  spec(key, { kind: 'consumed', service, key: of });
const release = (service: string, host: string, ...secrets: SecretSpec[]) => ({
  environment: 'lab',
  service,
  host,
  secrets,
});

/** Resolves with these `.env` files; `null` is a host that was not read. */
function resolve(
  releases: ReturnType<typeof release>[],
  files: Record<string, Record<string, string> | null> = {},
  given: Record<string, string> = {},
) {
  let made = 0;
  const result = resolveSecrets(releases, {
    envFiles: (service, host) => {
      const file = files[`${service}@${host}`];
      if (file === null) return undefined;
      return new Map(Object.entries(file ?? {}).map(([key, value]) => [key, new Secret(value)]));
    },
    provided: new Map(Object.entries(given).map(([key, value]) => [key, new Secret(value)])),
    random: (bytes) => Buffer.alloc(bytes, (made += 1)),
  });
  const environments = Object.fromEntries(
    [...result.environments].map(([name, values]) => [
      name,
      Object.fromEntries([...values].map(([key, value]) => [key, value.reveal()])),
    ]),
  );
  return { environments, generated: result.generated };
}

const litellm = (host: string) => release('litellm', host, generated('MASTER'));
const webui = (host: string) => release('webui', host, consumed('KEY', 'litellm', 'MASTER'));

describe('resolveSecrets', () => {
  it('takes what the owner has, for its consumers too', () => {
    const files = { 'litellm@a': { MASTER: 'sk-old' }, 'webui@b': { KEY: 'stale' } };
    expect(resolve([litellm('a'), webui('b')], files)).toEqual({
      environments: { 'litellm@a': { MASTER: 'sk-old' }, 'webui@b': { KEY: 'sk-old' } },
      generated: [],
    });
  });

  it('generates one value for owner and consumers, whatever the order', () => {
    const expected = { 'litellm@a': { MASTER: 'sk-01010101' }, 'webui@b': { KEY: 'sk-01010101' } };
    const made = [{ service: 'litellm', host: 'a', key: 'MASTER' }];
    expect(resolve([litellm('a'), webui('b')])).toEqual({
      environments: expected,
      generated: made,
    });
    expect(resolve([webui('b'), litellm('a')])).toEqual({
      environments: expected,
      generated: made,
    });
  });

  it('never makes two: several hosts of the owner get the value of the first that has it', () => {
    const files = { 'litellm@b': { MASTER: 'sk-b' }, 'litellm@c': { MASTER: 'sk-c' } };
    const { environments } = resolve([litellm('c'), litellm('b'), litellm('a')], files);
    expect(
      new Set(Object.values(environments).map((environment) => environment['MASTER'])),
    ).toEqual(new Set(['sk-b']));
    expect(resolve([litellm('a'), litellm('b')]).generated).toHaveLength(2);
  });

  it('refuses to make one while a host of the owner was not read', () => {
    const files = { 'litellm@a': null };
    expect(() => resolve([litellm('a'), webui('b')], files)).toThrow(
      'no second value is generated',
    );
    expect(() => resolve([litellm('a'), litellm('b')], files)).toThrow('host a');
    const known = { ...files, 'litellm@b': { MASTER: 'sk-b' } };
    expect(resolve([litellm('b'), litellm('a')], known).generated).toEqual([]);
  });

  it.each([
    ['given wins over the host', { OIDC: 'old' }, { OIDC: 'new' }, { OIDC: 'new' }],
    ['the host keeps it', { OIDC: 'old' }, {}, { OIDC: 'old' }],
    ['an empty one is none', { OIDC: 'old' }, { OIDC: '' }, { OIDC: 'old' }],
  ])('provided: %s', (_, file, given, expected) => {
    const result = resolve([release('webui', 'a', provided('OIDC'))], { 'webui@a': file }, given);
    expect(result.environments['webui@a']).toEqual(expected);
  });

  it('leaves an optional one out; an empty line in .env is not a value', () => {
    const releases = [release('webui', 'a', provided('OIDC', true))];
    expect(resolve(releases, { 'webui@a': { OIDC: '' } }).environments).toEqual({ 'webui@a': {} });
  });

  it('reports all errors together, once each, with their fix', () => {
    const releases = [
      release('webui', 'a', provided('OIDC'), consumed('KEY', 'gone', 'X')),
      release('webui', 'b', provided('OIDC'), consumed('KEY', 'gone', 'X')),
      release('litellm', 'a', generated('MASTER')),
    ];
    try {
      resolve(releases, { 'litellm@a': null });
      throw new Error('it resolved');
    } catch (error) {
      expect(error).toBeInstanceOf(StackErrors);
      expect((error as StackErrors).errors).toHaveLength(3);
      expect((error as Error).message).toContain('set the variable OIDC');
      expect((error as Error).message).toContain('gone, which is not placed');
    }
  });

  it('refuses a cycle', () => {
    const releases = [
      release('a', 'h', consumed('X', 'b', 'Y')),
      release('b', 'h', consumed('Y', 'a', 'X')),
    ];
    expect(() => resolve(releases)).toThrow('cycle');
  });

  it('holds its rules for 500 random placements', () => {
    let state = 1;
    const coin = (sides: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (state >> 8) % sides;
    };
    for (let round = 0; round < 500; round += 1) {
      const hosts = ['a', 'b', 'c'].slice(0, 1 + coin(3));
      const releases = [...hosts.map(litellm), webui('z')].sort(() => coin(3) - 1);
      const files: Record<string, Record<string, string> | null> = Object.fromEntries(
        hosts.map((host): [string, Record<string, string> | null] => [
          `litellm@${host}`,
          [null, {}, { MASTER: `sk-${host}` }][coin(3)] ?? null,
        ]),
      );
      const held = hosts.filter((host) => files[`litellm@${host}`]?.['MASTER'] !== undefined);
      const mayMake = hosts.every((host) => files[`litellm@${host}`] !== null);
      if (held.length === 0 && !mayMake) {
        expect(() => resolve(releases, files)).toThrow('no second value');
        continue;
      }
      const { environments, generated: made } = resolve(releases, files);
      const values = new Set(
        Object.values(environments).flatMap((environment) => Object.values(environment)),
      );
      expect(values).toEqual(new Set([held.length > 0 ? `sk-${held[0] ?? ''}` : 'sk-01010101']));
      expect(made).toHaveLength(held.length > 0 ? 0 : hosts.length);
    }
  });
});
