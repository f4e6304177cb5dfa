import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { runStep, type ApplyDeps } from './context';
import { swapFiles } from './files';
import { journalScript, swapScript } from './files-scripts';
import { planRelease } from '../plan/plan-release';
import {
  emptyFacts,
  factsAfter,
  sampleContext,
  sampleRelease,
  sampleSecrets,
} from '../../fixtures/sample-release';
import { ownFolder } from '../../fixtures/own-folder';

const { at, write, run } = ownFolder();

it('swapFiles moves an override that is not ours away, and removes only what is ours', async () => {
  const release = sampleRelease();
  const settled = factsAfter(planRelease(release, emptyFacts(), sampleSecrets, sampleContext()));
  const override = '/opt/stacks/ai/one/compose.override.yaml';
  const config = '/srv/docker/one/config/config.yaml';
  const next = sampleRelease({ files: release.files.filter(({ path }) => path !== config) });
  const facts = { ...settled, strayFiles: [override] };
  const planned = planRelease(next, facts, sampleSecrets, sampleContext());
  const scripts: (readonly string[])[] = [];
  const script = (_text: string, args: readonly string[]) => {
    scripts.push(args);
    return Promise.resolve();
  };
  const deps = { connection: { script }, onProgress: () => undefined } as unknown as ApplyDeps;
  await runStep(swapFiles, { planned, deps });
  const away = '/opt/stacks/ai/one/.stack/compose.override.yaml.away';
  expect(scripts).toEqual([[override, away, '--', config]]);
});

it('journal: one that did not arrive replaces none', () => {
  write('stack/one/.stack/pending.json', 'earlier');
  expect(run(journalScript, [at('stack/one'), at('data/one/.staging')], '').status).toBe(65);
  expect(readFileSync(at('stack/one/.stack/pending.json'), 'utf8')).toBe('earlier');
});

it('journal: folders as wanted, journal written, old staging gone', () => {
  write('stack/one/.stack/staging/.env', 'old');
  write('data/one/.staging/x', 'old');
  const own = [String(process.getuid?.()), String(process.getgid?.())];
  const args = [at('stack/one'), at('data/one/.staging'), at('data/one/a/b'), '0750', ...own];
  expect(run(journalScript, args, '{}').status).toBe(0);
  expect(readFileSync(at('stack/one/.stack/pending.json'), 'utf8')).toBe('{}');
  expect(statSync(at('data/one/a/b')).mode & 0o7777).toBe(0o750);
  expect(statSync(at('stack/one/.stack')).mode & 0o7777).toBe(0o700);
  expect(existsSync(at('stack/one/.stack/staging'))).toBe(false);
  expect(existsSync(at('data/one/.staging'))).toBe(false);
});

it('swap: replaces by rename, in new folders too, and removes', () => {
  write('staging/a', 'new a');
  write('staging/b', 'new b');
  write('data/a', 'old a');
  write('data/gone', 'x');
  const inode = statSync(at('staging/a')).ino;
  const pairs = [at('staging/a'), at('data/a'), at('staging/b'), at('data/sub/b')];
  expect(run(swapScript, [...pairs, '--', at('data/gone')]).status).toBe(0);
  expect(readFileSync(at('data/a'), 'utf8')).toBe('new a');
  expect(statSync(at('data/a')).ino).toBe(inode);
  expect(readFileSync(at('data/sub/b'), 'utf8')).toBe('new b');
  expect(readdirSync(at('data')).sort()).toEqual(['a', 'sub']);
});

it('swap: refuses a directory in the place of a file', () => {
  write('staging/a', 'new');
  mkdirSync(at('data/a'), { recursive: true });
  expect(run(swapScript, [at('staging/a'), at('data/a'), '--']).status).toBe(66);
  expect(readdirSync(at('data/a'))).toEqual([]);
});
