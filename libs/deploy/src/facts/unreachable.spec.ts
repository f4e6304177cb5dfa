import { describe, expect, it } from '@jest/globals';
import { StackError, type Release } from '@ai-stack/core';
import { sampleRelease } from '../../fixtures/sample-release';
import { explainAllOrNothing } from './unreachable';

const placed = [
  { name: 'trusted', services: ['dns', 'litellm'] },
  { name: 'management', services: ['ollama', 'qdrant'] },
];
const key = { key: 'QDRANT_KEY', description: 'its key' };
const consumes: Release['secrets'] = [
  { ...key, source: { kind: 'consumed', service: 'qdrant', key: 'KEY' } },
];
const on = (host: string, service: string, secrets: Release['secrets'] = []) =>
  sampleRelease({ host, service, secrets });
const all = [
  on('trusted', 'dns'),
  on('trusted', 'litellm', consumes),
  on('management', 'ollama'),
  on('management', 'qdrant'),
];
const leaves = 'nothing was changed: a deploy leaves out only what it was told to';

describe('explainAllOrNothing', () => {
  it.each<[string, Release[], string[], string, string]>([
    [
      'one of two is off, and a secret with it',
      all,
      ['management'],
      leaves,
      'make management reachable, then deploy again; or deploy what does not need it: npx nx run dns:deploy:lab --hosts=trusted',
    ],
    [
      'one is off that nobody needs',
      all,
      ['trusted'],
      leaves,
      'make trusted reachable, then deploy again; or deploy what does not need it: npx nx run stack:deploy:lab --hosts=management',
    ],
    [
      'all that answered needs the other',
      [on('trusted', 'litellm', consumes)],
      ['management'],
      leaves,
      'make management reachable, then deploy again',
    ],
    [
      'all are off',
      all,
      ['trusted', 'management'],
      'nothing was changed: none of the 2 selected hosts answered',
      'make trusted and management reachable, then deploy again',
    ],
    [
      'the only one that was selected is off',
      [on('management', 'ollama')],
      ['management'],
      'nothing was changed: management, the only host selected, did not answer',
      'make management reachable, then deploy again',
    ],
    [
      'the only one that was selected is off, and so is the owner of a secret',
      [on('trusted', 'litellm', consumes)],
      ['trusted', 'management'],
      'nothing was changed: trusted, the only host selected, did not answer',
      'make trusted and management reachable, then deploy again',
    ],
  ])('%s', (_case, releases, off, what, fix) => {
    const silent = off.map((host) => ({
      host,
      errors: [new StackError('off')],
      lastSeen: undefined,
    }));
    expect(explainAllOrNothing('lab', releases, placed, silent)).toMatchObject({ what, fix });
  });
});
