import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { addWorlds, worlds } from './worlds';

async function bash(command: string, state = '/nonexistent'): Promise<string[]> {
  const script = `set -euo pipefail; fail() { echo "$*"; exit 1; }; here=tools/lab state=$1; . tools/lab/sh/worlds.sh; ${command}`;
  const ran = await execa('bash', ['-c', script, 'bash', state], { reject: false });
  expect(ran.stderr).toBe('');
  return ran.stdout.split('\n').filter((line) => line !== '');
}

describe('--world', () => {
  it.each([
    [['ufw'], ['ufw']],
    [['ufw,router'], ['router', 'ufw']],
    [
      ['ufw', 'router', 'ufw'],
      ['router', 'ufw'],
    ],
    [['ufw, router'], ['router', 'ufw']],
  ])('%j', (texts, expected) => {
    expect(texts.reduce<string[]>((before, text) => addWorlds(text, before), [])).toEqual(expected);
  });

  it.each(['moon', 'ufw,moon', '', 'toString'])("refuses '%s', and lists what there is", (text) => {
    expect(() => addWorlds(text)).toThrow(
      /There is no world '(moon|toString|)'. The lab knows: collector, dns53, .*ufw\./,
    );
  });
});

describe('the scripts of the lab', () => {
  it('know the same worlds', async () => {
    expect(await bash('printf "%s\\n" "${world_names[@]}"')).toEqual(Object.keys(worlds));
    const files = readdirSync('tools/lab/worlds').map((name) => name.replace(/\.\w+$/, ''));
    expect(files.filter((name) => name !== 'mirror' && !Object.hasOwn(worlds, name))).toEqual([]);
  });

  it('refuse others', async () => {
    expect(await bash('set_worlds "ufw moon"')).toEqual([
      expect.stringMatching(/^there is no world 'moon'; the lab knows: collector dns53 /),
    ]);
    expect(existsSync('/nonexistent')).toBe(false);
  });
});
