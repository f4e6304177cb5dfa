import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { renderYaml } from './yaml';
import { anyText, propertyRuns } from '@ai-stack/testing/any-text';

const numRuns = propertyRuns;
const text = anyText(30);
const tricky = fc.constantFrom(
  'yes',
  '0755',
  '1_000',
  '1:30',
  '~',
  '<<',
  '- a',
  'a: b',
  '# no',
  '---',
  '{}',
  '&a',
  '*a',
  '!!str',
  '|',
  '>',
  '%x',
  '@x',
  '`x',
  "'",
  '"',
  '\n',
  ' x ',
  '\t',
  '2026-11-23',
);

describe('no string breaks out of the YAML that we write', () => {
  it.each(['1.1', '1.2'] as const)('read by YAML %s', (version) => {
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(text, tricky),
        fc.integer(),
        fc.boolean(),
        fc.array(tie('node'), { maxLength: 4 }),
        // No key of ours comes from free text; YAML 1.1 would merge what stands under `<<`.
        fc.dictionary(
          fc.oneof(text, tricky).filter((key) => key !== '<<'),
          tie('node'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).node;
    fc.assert(
      fc.property(value, (wanted) => {
        expect(parse(renderYaml(wanted), { version, merge: false })).toEqual(wanted);
      }),
      { numRuns },
    );
  });
});
