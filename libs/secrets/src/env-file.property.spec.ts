import { describe, expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import fc from 'fast-check';
import { formatEnv, parseEnv } from './env-file';
import { anyText, propertyRuns } from '@ai-stack/testing/any-text';

const numRuns = propertyRuns;
const line = anyText().filter((text) => !/[\0\r\n]/.test(text));

describe('.env', () => {
  it('gives back every value that one line can hold', () => {
    const values = fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,9}$/), line, { maxKeys: 5 });
    fc.assert(
      fc.property(values, (wanted) => {
        const entries = Object.entries(wanted);
        expect(Object.fromEntries(parseEnv(formatEnv(entries)))).toEqual({ ...wanted });
      }),
      { numRuns },
    );
  });

  it('of any bytes is read, or refused with a line', () => {
    fc.assert(
      fc.property(anyText(200), (text) => {
        try {
          parseEnv(text);
        } catch (error) {
          expect(error).toBeInstanceOf(StackError);
        }
      }),
      { numRuns },
    );
  });
});
