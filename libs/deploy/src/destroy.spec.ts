import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ownFolder } from '../fixtures/own-folder';
import { forgetScript, removeDataScript } from './destroy';

const { at, write, run } = ownFolder();

it('forget keeps .env and data; removeData takes them', () => {
  write('stack/one/compose.yaml', '');
  write('stack/one/.env', 'K=1');
  write('stack/one/.stack/current.json', '{}');
  write('data/one/store/x', '');
  run(forgetScript, [at('stack/one'), at('stack/one/compose.yaml')]);
  expect(readdirSync(at('stack/one'))).toEqual(['.env']);
  expect(existsSync(at('data/one/store/x'))).toBe(true);
  run(removeDataScript, [at('stack/one'), at('data/one')]);
  expect([existsSync(at('stack/one')), existsSync(at('data/one'))]).toEqual([false, false]);
});
