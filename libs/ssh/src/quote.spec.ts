import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { nasty } from '@ai-stack/testing/hostile-words';
import { quote, quoteForLogin } from './quote';

const shells = ['bash', 'dash', 'zsh', 'ksh', 'fish', 'tcsh', 'busybox']
  .flatMap((name) =>
    [`/bin/${name}`, `/usr/bin/${name}`].filter((path) => existsSync(path)).slice(0, 1),
  )
  .map((path) => ({ path, args: path.endsWith('busybox') ? ['sh', '-c'] : ['-c'] }));

describe('quoteForLogin', () => {
  it.each(shells)('reaches printf literally through $path as login shell', ({ path, args }) => {
    for (const word of nasty) {
      const text = quoteForLogin(['printf', '%s|', word, 'next']);
      const seen = execFileSync(path, [...args, text], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect({ word, seen: seen.toString('utf8') }).toEqual({ word, seen: `${word}|next|` });
    }
  });

  it('keeps simple commands readable', () => {
    expect(quoteForLogin(['docker', 'ps', '--format', '{{json .}}'])).toBe(
      "docker ps --format '{{json .}}'",
    );
  });

  it('refuses what no shell can take', () => {
    expect(() => quoteForLogin(['cat', 'a\0b'])).toThrow('NUL');
    expect(() => quoteForLogin(['echo', 'x'.repeat(130_000)])).toThrow('standard input');
  });
});

describe('quote', () => {
  it.each([
    [['ls'], 'ls'],
    [['ls', ''], "ls ''"],
    [['echo', "it's"], "echo 'it'\\''s'"],
    [['echo', '$HOME'], "echo '$HOME'"],
    [['=ls'], "'=ls'"],
  ])('%j -> %s', (command, text) => expect(quote(command)).toBe(text));
});
