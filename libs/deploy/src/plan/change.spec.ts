import { Secret } from '@ai-stack/core';
import { describe, expect, it } from '@jest/globals';
import { actionsOf, type Change } from './change';

const directory = { path: '/d', mode: '0755', uid: 0, gid: 0, purpose: 'config' } as const;
const env: Change<'env'> = {
  ...{ kind: 'env', verb: 'update', reason: 'its form differs', path: '/s/.env' },
  ...{ text: new Secret("A='s3cr3t'"), sha256: 'x', isRewritten: true, values: new Map() },
  keys: [{ key: 'A', verb: 'keep', reason: 'equal' }],
};

describe('actionsOf', () => {
  it.each<[Change, string]>([
    [
      { kind: 'network', verb: 'create', reason: 'r', network: { name: 'n' } },
      '[{"kind":"network","verb":"create","target":"n","reason":"r"}]',
    ],
    [
      { kind: 'directory', verb: 'update', reason: 'r', before: 'b', after: 'a', directory },
      '[{"kind":"directory","target":"/d","verb":"update","reason":"r","before":"b","after":"a"}]',
    ],
    [
      { kind: 'stray-file', verb: 'remove', reason: 'r', path: '/p', awayPath: '/q' },
      '[{"kind":"file","verb":"remove","target":"/p","reason":"r"}]',
    ],
    [
      {
        ...{ kind: 'container', verb: 'replace', reason: 'r', before: 'b', after: 'a' },
        ...{ name: 'web', isForced: true, isStartFirst: false },
      },
      '[{"kind":"container","verb":"replace","target":"web","reason":"r","before":"b","after":"a"}]',
    ],
    [
      { kind: 'release', verb: 'create', reason: 'r', id: 'i' },
      '[{"kind":"release","target":"i","verb":"create","reason":"r"}]',
    ],
  ])('of %o: its keys are in their order', (change, json) => {
    expect(JSON.stringify(actionsOf(change))).toBe(json);
  });

  it('of .env has an action for each key, and one for the file where no key says why', () => {
    const targets = (change: Change<'env'>) =>
      actionsOf(change).map(({ kind, verb, target }) => `${kind} ${verb} ${target}`);
    expect(targets(env)).toEqual(['secrets keep A', 'secrets update /s/.env']);
    const keys: (typeof env)['keys'] = [{ key: 'A', verb: 'create', reason: 'not in .env' }];
    expect(targets({ ...env, keys })).toEqual(['secrets create A']);
    expect(targets({ ...env, verb: 'keep' })).toEqual(['secrets keep A']);
  });

  it('never has the text of .env', () => {
    expect(JSON.stringify(actionsOf(env))).not.toContain('s3cr3t');
  });
});
