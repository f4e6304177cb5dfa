import { describe, expect, it } from '@jest/globals';
import { Secret } from '@ai-stack/core';
import { listFileChanges } from './list-file-changes';
import { planRelease } from './plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';

const config = '/srv/docker/one/config/config.yaml';
const env = '/opt/stacks/ai/one/.env';
const key = sampleSecrets.get('KEY')?.reveal() ?? '';
const prepare = (facts = emptyFacts(), secrets = sampleSecrets) =>
  planRelease(sampleRelease(), facts, secrets, sampleContext());

describe('listFileChanges', () => {
  it('has every file of a first deploy whole, and of .env its keys', () => {
    const changes = listFileChanges(prepare());
    expect(changes.map(({ path }) => path.split('/').at(-1))).toEqual([
      'compose.yaml',
      'config.yaml',
      'zone',
      '.env',
    ]);
    expect(changes.find(({ path }) => path === config)).toEqual({
      ...{ path: config, before: '', after: 'a: 1\n' },
    });
    expect(changes.at(-1)).toEqual({ path: env, before: '', after: 'KEY=[new secret]\n' });
  });

  it('is empty when the host is as rendered', () => {
    expect(listFileChanges(prepare(factsAfter(prepare())))).toEqual([]);
  });

  it('has the text of the host, with no secret of today or of before', () => {
    const facts = factsAfter(prepare());
    const file = facts.paths[config];
    if (file?.kind !== 'file') throw new Error('the sample has no config.yaml');
    const edited = {
      ...facts,
      paths: { ...facts.paths, [config]: { ...file, sha256: '0'.repeat(64) } },
      contents: { ...facts.contents, [config]: `a: 2 # ${key} another-value\n` },
    };
    const given = new Map([['KEY', new Secret('another-value')]]);
    expect(listFileChanges(prepare(edited, given))).toEqual([
      { path: config, before: 'a: 2 # [secret] [secret]\n', after: 'a: 1\n' },
      { path: env, before: 'KEY=[secret]\n', after: 'KEY=[new secret]\n' },
    ]);
  });
});
