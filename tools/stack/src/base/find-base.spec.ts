import { describe, expect, it } from '@jest/globals';
import { findBase, type Converged, type History } from './find-base';

/** A history a - b - c - d (HEAD); what was touched in each commit. */
const touched: Record<string, string[]> = { a: [], b: ['litellm'], c: ['dns'], d: [] };
const commits = Object.keys(touched);

const history: History = {
  head: 'd',
  isShallow: false,
  isAncestor: async (commit) => commits.includes(commit),
  mergeBase: async (asked) => [...asked].sort()[0],
  affectedSince: async (base) =>
    new Set(commits.filter((commit) => commit > base).flatMap((commit) => touched[commit] ?? [])),
};

function state(service: string, commit: Converged['commit'], isInterrupted = false): Converged {
  return { service, host: 'one', commit, isInterrupted };
}

async function baseOf(states: Converged[], changes: Partial<History> = {}) {
  return (await findBase(states, { ...history, ...changes })).base;
}

describe('findBase', () => {
  it.each<[string, Converged[], string | undefined]>([
    ['HEAD when all are up to date with it', [state('dns', 'd'), state('litellm', 'd')], 'd'],
    [
      'HEAD when the quiet ones are unaffected since',
      [state('dns', 'c'), state('qdrant', 'a')],
      'd',
    ],
    ['the commit of the one that changed', [state('litellm', 'a'), state('qdrant', 'd')], 'a'],
    ['the oldest of those that changed', [state('litellm', 'a'), state('dns', 'b')], 'a'],
    ['everything when nothing is recorded', [state('dns', undefined)], undefined],
    ['everything when one is unknown', [state('dns', 'd'), state('qdrant', undefined)], undefined],
    ['everything when one was dirty', [state('dns', 'd'), state('qdrant', null)], undefined],
    ['everything after a rewritten history', [state('dns', 'd'), state('qdrant', 'x')], undefined],
    [
      'a base that picks the unknown one, when there is one',
      [state('dns', 'b'), state('dns', undefined)],
      'b',
    ],
    ['where an interrupted one stood, when it changed', [state('litellm', 'a', true)], 'a'],
    ['everything when an interrupted one is not picked', [state('litellm', 'c', true)], undefined],
  ])('says %s', async (_, states, expected) => {
    expect(await baseOf(states)).toBe(expected);
  });

  it('says everything in a shallow clone, and where commits have nothing in common', async () => {
    expect(await baseOf([state('dns', 'd')], { isShallow: true })).toBeUndefined();
    const apart = { mergeBase: async () => undefined };
    expect(await baseOf([state('dns', 'd')], apart)).toBeUndefined();
  });

  it('does not grow while one service is quiet', async () => {
    let at = 'a';
    for (const head of ['b', 'c', 'd']) {
      const now: Partial<History> = {
        head,
        affectedSince: async (base) => new Set(base === head ? [] : ['litellm']),
        isAncestor: async () => true,
      };
      expect(await baseOf([state('litellm', at), state('qdrant', 'a')], now)).toBe(at);
      at = head;
    }
  });

  it('names each service that holds it back', async () => {
    const { reasons } = await findBase([state('litellm', 'a'), state('dns', null)], history);
    expect(reasons).toEqual([
      'litellm on one: changed since a',
      'dns on one: it was deployed from files that were not committed',
    ]);
  });
});
