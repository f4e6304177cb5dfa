import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseContainer, parseImage, parseLogs, parseNetwork } from './parse-facts';
import { composeTooOld, hasStartInterval } from './versions';
import { anyText, propertyRuns } from '@ai-stack/testing/any-text';

const numRuns = propertyRuns;
const text = anyText(100);

describe('what an engine says, whatever it is', () => {
  it('its logs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(Array.isArray(parseLogs(Buffer.from(bytes)))).toBe(true);
      }),
      { numRuns },
    );
  });
  it('its engine', () => {
    const listed = fc.record(
      {
        Names: fc.option(fc.array(text)),
        State: text,
        Status: text,
        Labels: fc.option(fc.dictionary(text, text)),
        Mounts: fc.option(fc.array(fc.record({ Type: text, Source: text }, { requiredKeys: [] }))),
      },
      { requiredKeys: ['State'] },
    );
    fc.assert(
      fc.property(listed, text, (one, id) => {
        parseContainer({ Id: id, Image: id, ImageID: id, ...one });
        parseImage({ Id: id, RepoTags: one.Names ?? null });
        parseNetwork({ Name: id, Labels: one.Labels ?? null });
        composeTooOld(id);
        hasStartInterval(id);
      }),
      { numRuns },
    );
  });
});
