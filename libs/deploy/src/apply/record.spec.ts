import { existsSync, readFileSync, readdirSync, utimesSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ownFolder } from '../../fixtures/own-folder';
import { recordScript } from './record-script';

const { at, write, run } = ownFolder();

it('record: manifest last, journal gone, oldest releases pruned', () => {
  const state = 'stack/one/.stack';
  for (const [index, id] of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].entries()) {
    write(`${state}/releases/${id}/manifest.json`, id);
    utimesSync(at(`${state}/releases/${id}`), 1000 + index, 1000 + index);
  }
  write(`${state}/releases/.new/manifest.json`, 'new');
  write(`${state}/releases/.new/converged.json`, 'converged');
  write(`${state}/releases/.new/log.jsonl`, 'line 2\n');
  write(`${state}/log.jsonl`, 'line 1\n');
  write(`${state}/pending.json`, '{}');
  write('data/one/.staging/x', '');
  const done = run(recordScript, [at(state), 'a1', '5', at('data/one/.staging')]);
  expect(done).toEqual({ status: 0, stdout: '\na2\n' });
  expect(readdirSync(at(`${state}/releases`)).sort()).toEqual(['a1', 'a3', 'a4', 'a5', 'a6']);
  expect(readFileSync(at(`${state}/releases/a1/manifest.json`), 'utf8')).toBe('new');
  expect(readFileSync(at(`${state}/current.json`), 'utf8')).toBe('new');
  expect(readFileSync(at(`${state}/log.jsonl`), 'utf8')).toBe('line 1\nline 2\n');
  expect(readdirSync(at(state)).sort()).toEqual([
    'converged.json',
    'current.json',
    'log.jsonl',
    'releases',
  ]);
  expect(existsSync(at('data/one/.staging'))).toBe(false);
});
