import { describe, expect, it } from '@jest/globals';
import type { Release } from '@ai-stack/core';
import type { Context } from '../../frame/on-stack';
import { commitOf, withTargets } from './rollback-releases';
import type { Target } from './rollback-targets';

const release = (service: string, host: string, id: string) =>
  ({ service, host, release: id }) as unknown as Release;
const target = (service: string, host: string, commit: string | null) =>
  ({ release: release(service, host, 'earlier'), manifest: { commit } }) as Target;
const today = [release('dns', 'one', 'today'), release('dns', 'two', 'today')];

describe('a rollback', () => {
  it('plans the earlier releases, and leaves the others of the environment as they are', () => {
    const context = { releases: today, stack: { releases: today } } as unknown as Context;
    const { releases, stack } = withTargets(context, [target('dns', 'two', null)]);
    expect(releases).toEqual([release('dns', 'two', 'earlier')]);
    expect(stack.releases).toEqual([today[0], release('dns', 'two', 'earlier')]);
  });

  it.each<[(string | null)[], string | null]>([
    [['a'], 'a'],
    [['a', 'a'], 'a'],
    [['a', 'b'], null],
    [[null], null],
  ])('of releases from the commits %j is recorded as %j', (commits, expected) => {
    expect(commitOf(commits.map((commit) => target('dns', 'one', commit)))).toBe(expected);
  });
});
