import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { changelogErrors } from './changelog';

const hosts = '### On the hosts\n\nNothing.\n';

describe('changelogErrors', () => {
  it.each([
    ['an entry', `# Changelog\n\n## 1.2.3\n\n${hosts}`, []],
    ['an entry before others', `## 1.2.3\n\n${hosts}\n### Files\n\n## 1.2.2\n`, []],
    ['no entry', `## 1.2.2\n\n${hosts}`, [/no entry "## 1\.2\.3"/]],
    ['an entry that begins alike', `## 1.2.30\n\n${hosts}`, [/no entry/]],
    [
      'a later first entry',
      `## 1.3.0\n\n${hosts}\n## 1.2.3\n\n${hosts}`,
      [/first entry .* 1\.3\.0/],
    ],
    ['no word about the hosts', '## 1.2.3\n\nBetter.\n', [/On the hosts/]],
    ['an empty word', '## 1.2.3\n\n### On the hosts\n\n### Files\n\nx\n', [/On the hosts/]],
    ['that word in another entry', `## 1.2.3\n\nx\n\n## 1.2.2\n\n${hosts}`, [/On the hosts/]],
  ])('of %s', (_, text, expected) => {
    expect(changelogErrors(text, '1.2.3')).toEqual(
      expected.map((pattern) => expect.stringMatching(pattern)),
    );
  });
});

it('the changelog has an entry for the version of package.json', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(changelogErrors(readFileSync('CHANGELOG.md', 'utf8'), version)).toEqual([]);
});
