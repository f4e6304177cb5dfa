import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ownDirectory } from '../fixtures/own-directory';
import { forgetScript, removeDataScript } from './destroy';

const { at, write, run } = ownDirectory();

it('forget keeps .env, data and the lock; removeData takes them', () => {
  write('stack/one/compose.yaml', '');
  write('stack/one/.env', 'K=1');
  const locks = ['fence', 'lock', 'lock.json', 'work.lock'];
  for (const name of [...locks, 'current.json', '.hidden', 'releases/one/manifest.json'])
    write(`stack/one/.stack/${name}`, '1');
  write('data/one/store/x', '');
  run(forgetScript, [at('stack/one'), at('stack/one/compose.yaml')]);
  expect(readdirSync(at('stack/one')).sort()).toEqual(['.env', '.stack']);
  expect(readdirSync(at('stack/one/.stack')).sort()).toEqual(locks);
  expect(existsSync(at('data/one/store/x'))).toBe(true);
  run(removeDataScript, [at('stack/one'), at('data/one')]);
  expect([existsSync(at('stack/one')), existsSync(at('data/one'))]).toEqual([false, false]);
});
