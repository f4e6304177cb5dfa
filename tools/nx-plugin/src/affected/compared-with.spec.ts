import { describe, expect, it } from '@jest/globals';
import { comparedWith } from './compared-with';

describe('comparedWith', () => {
  it.each<[string, Record<string, string>, unknown]>([
    ['affected -t deploy', {}, { base: 'main', head: 'HEAD' }],
    ['affected -t deploy --base=abc', {}, { base: 'abc', head: 'HEAD' }],
    ['affected --base abc --head def -t deploy', {}, { base: 'abc', head: 'def' }],
    ['affected -t deploy', { NX_BASE: 'xyz' }, { base: 'xyz', head: 'HEAD' }],
    ['affected -t deploy --base=abc', { NX_BASE: 'xyz' }, { base: 'abc', head: 'HEAD' }],
    ['show projects --affected -t deploy', {}, { base: 'main', head: 'HEAD' }],
    ['affected -t deploy --files=README.md', {}, undefined],
    ['affected -t deploy --uncommitted', {}, undefined],
    ['run-many -t deploy', { NX_BASE: 'xyz' }, undefined],
    ['run litellm:deploy', {}, undefined],
    ['show projects', {}, undefined],
  ])('%s %j', (line, variables, expected) => {
    expect(comparedWith(line.split(' '), variables, 'main')).toEqual(expected);
  });
});
