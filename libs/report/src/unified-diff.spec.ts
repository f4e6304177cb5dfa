import { describe, expect, it } from '@jest/globals';
import { formatDiffs } from './format-diffs';
import { unifiedDiff } from './unified-diff';

describe('unifiedDiff', () => {
  it('is empty for equal texts', () => expect(unifiedDiff('f', 'a\n', 'a\n')).toBe(''));

  it('joins near changes and parts far ones', () => {
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
    const changed = lines.map((line, at) => ([1, 4, 18].includes(at) ? `${line}!` : line));
    const diff = unifiedDiff('f', `${lines.join('\n')}\n`, `${changed.join('\n')}\n`);
    expect(diff.match(/^@@.*@@$/gm)).toEqual(['@@ -1,8 +1,8 @@', '@@ -16,5 +16,5 @@']);
  });
});

describe('formatDiffs', () => {
  const diff = unifiedDiff('trusted/srv/a.yaml', 'a: 1\n', 'a: \x1b[31m2\n');
  const diffs = [{ service: 'one', host: 'trusted', path: '/srv/a.yaml', diff }];

  it('shows the lines, and no control character of a file', () => {
    expect(formatDiffs(diffs, false).split('\n')).toEqual([
      '--- a/trusted/srv/a.yaml',
      '+++ b/trusted/srv/a.yaml',
      '@@ -1,1 +1,1 @@',
      '-a: 1',
      expect.stringMatching(/^\+a: (?!\x1b).*2$/),
    ]);
  });

  it('paints what comes and what goes', () => {
    expect(formatDiffs(diffs, true)).toMatch(/\x1b\[31m-a: 1/);
  });
});
