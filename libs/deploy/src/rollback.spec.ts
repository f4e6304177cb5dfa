import { describe, expect, it } from '@jest/globals';
import { StackErrors, type Release } from '@ai-stack/core';
import type { OpenHost } from './facts/collect-all';
import { commitOf, findRollbackTargets, withEarlier } from './rollback';

const release = (service: string, host: string, contentHash: string) =>
  ({ service, host, contentHash, stackDirectory: `/opt/${service}` }) as unknown as Release;
const today = [release('dns', 'one', 'today'), release('dns', 'two', 'today')];

it('replaces the releases that go back, and leaves the others of the environment as they are', () => {
  const earlier = release('dns', 'two', 'earlier');
  expect(withEarlier(today, [{ release: earlier }])).toEqual([today[0], earlier]);
});

it.each<[(string | null)[], string | null]>([
  [['a'], 'a'],
  [['a', 'a'], 'a'],
  [['a', 'b'], null],
  [[null], null],
])('a rollback to releases of the commits %j is recorded as %j', (commits, expected) => {
  expect(commitOf(commits.map((commit) => ({ manifest: { commit } })))).toBe(expected);
});

describe('findRollbackTargets', () => {
  /** A host that keeps these releases of each service, the newest first. */
  function keeping(name: string, ids: readonly string[]): OpenHost {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
    const kept = ids.map((id, at) => {
      const when = `2026-11-0${9 - at}T00:00:00.000Z`;
      const manifest = { ...manifestParts, release: id, contentHash: `${id}00`, when };
      return `${id} ${encode(manifest)}`;
    });
    const script = (text: string, args: readonly string[]) => {
      const id = /[0-9a-f]{12}$/.exec(args[0] ?? '')?.[0];
      const stored = { contentHash: `${id ?? ''}00`, stackDirectory: '/opt/dns' };
      const whole = { ...stored, files: [], containers: [], secrets: [] };
      const stdout = text.includes('release.json') ? encode(whole) : kept.join('\n');
      return Promise.resolve({ stdout, stderr: '', exitCode: 0 });
    };
    return { host: { name }, connection: { host: name, script } } as unknown as OpenHost;
  }
  const manifestParts = {
    ...{ version: 1, service: 'dns', host: 'one', environment: 'lab', project: 'ai-dns' },
    ...{ commit: null, who: 'me', files: [], directories: [] },
    ...{ containers: [], networks: [], envSha256: null, models: [] },
  };
  const [newest, older, oldest] = ['a'.repeat(12), 'b'.repeat(12), 'c'.repeat(12)];

  it.each([
    ['the one before', undefined, older],
    ['the one that is named', oldest, oldest],
  ])('finds %s', async (_, to, expected) => {
    const hosts = [keeping('one', [newest, older, oldest])];
    const targets = await findRollbackTargets([today[0]!], hosts, to);
    expect(targets.map(({ manifest }) => manifest.release)).toEqual([expected]);
    expect(targets[0]?.release.contentHash).toBe(`${expected}00`);
  });

  it('names every host that does not keep it, and what each keeps', async () => {
    const hosts = [keeping('one', [newest]), keeping('two', [newest, older])];
    const error = await findRollbackTargets(today, hosts, oldest).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(StackErrors);
    const shown = (error as StackErrors).errors.map(({ where, fix }) => [where.host, fix]);
    expect(shown).toEqual([
      ['one', 'check out the commit that you want back, and deploy it'],
      ['two', `--to takes ${older} (2026-11-08T00:00:00.000Z)`],
    ]);
  });
});
