import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nasty } from '@ai-stack/testing/hostile-words';
import { quoteForLogin } from './quote';
import { anyText, propertyRuns } from '@ai-stack/testing/any-text';

const runs = propertyRuns;
const wordsPerShell = 40;

const word = fc
  .oneof(
    anyText(24),
    fc
      .array(fc.constantFrom(...nasty, '$', '`', "'", '"', '\\', ';', '\n'), { maxLength: 5 })
      .map((parts) => parts.join('')),
  )
  // No shell can hold a NUL.
  .filter((text) => !text.includes('\0'));

describe('no word reaches a shell unquoted', () => {
  it.each(['/bin/bash', '/bin/dash'].filter((path) => existsSync(path)))('%s', (shell) => {
    const words = fc.array(word, { minLength: wordsPerShell, maxLength: wordsPerShell });
    const property = fc.property(words, (list) => {
      const seen = execFileSync(shell, ['-c', quoteForLogin(['printf', '%s\\0', ...list])], {
        env: { HOME: '/nowhere', LC_ALL: 'C.UTF-8' },
      });
      expect(seen.toString('utf8').split('\0').slice(0, -1)).toEqual(list);
    });
    fc.assert(property, { numRuns: Math.ceil(runs / wordsPerShell) });
  });
});
