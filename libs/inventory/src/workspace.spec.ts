import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { validFiles, withWorkspace } from '../fixtures/workspace';
import { readLocalEnv, resolveEnvironmentName, workspaceRoot } from './index';
import { nearest } from './nearest';

describe('the environment of a command', () => {
  const names = ['lab', 'prod'];
  it.each([
    ['the configuration', 'prod', 'lab', 'prod'],
    ['else STACK_ENV', undefined, 'prod', 'prod'],
    ['an empty STACK_ENV is none', undefined, '', 'lab'],
    ['an empty configuration is none', '', 'prod', 'prod'],
    ['else lab', undefined, undefined, 'lab'],
  ])('is %s', (_, configuration, STACK_ENV, expected) => {
    expect(resolveEnvironmentName({ configuration, variables: { STACK_ENV } }, names)).toBe(
      expected,
    );
  });

  it.each([
    ['prodd', undefined, /"prodd"\n {2}fix: did you mean prod\? use one of lab, prod/],
    [undefined, 'lba', /"lba" \(STACK_ENV\)\n {2}fix: did you mean lab\?/],
    ['../prod', undefined, /"\.\.\/prod"/],
    ['constructor', undefined, /there is no environment/],
  ])('is never a fall-back: %s %s', (configuration, STACK_ENV, message) => {
    expect(() =>
      resolveEnvironmentName({ configuration, variables: { STACK_ENV } }, names),
    ).toThrow(message);
  });

  it('says where the default comes from when there is none', () => {
    expect(() => resolveEnvironmentName({ variables: {} }, [])).toThrow('"lab" (the default)');
  });
});

describe('workspaceRoot', () => {
  it('is the nearest folder upwards with nx.json', () => {
    withWorkspace(validFiles, (root) => {
      mkdirSync(join(root, 'apps/chat/deep'), { recursive: true });
      expect(workspaceRoot(join(root, 'apps/chat/deep'))).toBe(root);
    });
    expect(() => workspaceRoot('/')).toThrow('nx.json');
  });
});

describe('.env.local', () => {
  it('is read line by line', () => {
    const text = `not a line
# a comment
STACK_ENV=prod
export LAB_NET = 172.30.5  # mine
QUOTED="a b"
SINGLE='a # b'
COMMENTED="a # b" # c
EMPTY=
A=$B=c\r
`;
    const read = withWorkspace({ '.env.local': text }, readLocalEnv);
    expect(read).toEqual({
      STACK_ENV: 'prod',
      LAB_NET: '172.30.5',
      QUOTED: 'a b',
      SINGLE: 'a # b',
      COMMENTED: 'a # b',
      EMPTY: '',
      A: '$B=c',
    });
  });

  it('need not be there', () => {
    withWorkspace(validFiles, (root) => expect(readLocalEnv(root)).toEqual({}));
    withWorkspace({ '.env.local': 'LAB_NET=1.2.3\n' }, (root) =>
      expect(readLocalEnv(root)).toEqual({ LAB_NET: '1.2.3' }),
    );
  });
});

describe('nearest', () => {
  it.each([
    ['adress', 'address'],
    ['hots', 'host'],
    ['Mode', 'mode'],
    ['x', undefined],
    ['address2', 'address'],
    ['gateway', undefined],
  ])('%s: %s', (word, expected) => {
    expect(nearest(word, ['address', 'host', 'mode'])).toBe(expected);
  });
});
