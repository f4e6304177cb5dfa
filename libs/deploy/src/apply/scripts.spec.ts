import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  forgetScript,
  journalScript,
  recordScript,
  copyScript,
  removeDataScript,
  spaceScript,
  swapScript,
} from './scripts';

let root: string;
const at = (path: string): string => join(root, path);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'apply $(x) '));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(join(at(path), '..'), { recursive: true });
  writeFileSync(at(path), content);
}

function run(
  script: string,
  args: string[],
  input = '',
): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync('sh', ['-c', script, 'sh', ...args], {
    input,
    encoding: 'utf8',
  });
  return { status, stdout };
}

describe('scripts of an apply', () => {
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

  it('copy takes all or nothing, keeps the newest alone, and an interrupted one what it had', () => {
    write('data/one/store/x', 'old');
    write('data/one/snaps/y', 'y');
    write('data/one/.copies/a0/store/x', 'older');
    const folders = [at('data/one/store'), at('data/one/snaps')];
    const copy = at('data/one/.copies/a1');
    expect(run(copyScript, ['keep', copy, ...folders])).toMatchObject({ status: 0 });
    expect(readdirSync(at('data/one/.copies'))).toEqual(['a1']);
    expect(readFileSync(`${copy}/store/x`, 'utf8')).toBe('old');
    expect(readdirSync(copy).sort()).toEqual(['snaps', 'store']);
    write('data/one/store/x', 'changed meanwhile');
    run(copyScript, ['keep', copy, ...folders]);
    expect(readFileSync(`${copy}/store/x`, 'utf8')).toBe('old');
    run(copyScript, ['anew', copy, ...folders]);
    expect(readFileSync(`${copy}/store/x`, 'utf8')).toBe('changed meanwhile');
  });

  it('space says how much is missing', () => {
    write('data/one/store/x', 'x');
    expect(run(spaceScript, [at('data/one'), at('data/one/store')])).toMatchObject({ status: 0 });
    const sparse = spaceScript.replace('du -skc -- "$@"', "printf '99999999999999\\ttotal\\n'");
    expect(run(sparse, [at('data/one'), at('data/one/store')])).toMatchObject({ status: 74 });
  });

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
});
