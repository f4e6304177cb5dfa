import { describe, it } from '@jest/globals';
import { StackError, StackErrors } from '@ai-stack/core';
import fc from 'fast-check';
import {
  convergedSchema,
  holdSchema,
  journalSchema,
  manifestSchema,
  parseState,
} from '../state-files';
import { parseHostDetails, parseHostFacts } from './parse';
import { parseListening } from './listening';
import { anyText, propertyRuns } from '@ai-stack/testing/any-text';

const numRuns = propertyRuns;
const engine = {
  ...{ engineVersion: '26.1.5', apiVersion: '1.45', hasNvidiaRuntime: false },
  ...{ containers: [], images: [], networks: [] },
  ...{ architecture: 'amd64', registries: { mirrors: [], insecure: [] } },
};
const text = anyText(300);
const frame = fc
  .tuple(
    fc.constantFrom(
      'clock',
      'memory',
      'space',
      'listening',
      'services',
      'stat',
      'empty',
      'sha256',
      'contents',
      'denied',
      'hold',
      'handmade',
      'end',
    ),
    text,
  )
  .map(([name, body]) => `${name} ${Buffer.byteLength(body)}\n${body}\n`);
const answer = fc.oneof(
  text,
  fc.array(frame, { maxLength: 8 }).map((frames) => {
    const whole = `${frames.join('')}end 2\nok\n`;
    return `a banner\nai-stack-facts-1\n${Buffer.from(whole).toString('base64')}\n`;
  }),
);

/** Any content is read, or refused as one of our errors: nothing else is thrown. */
function neverBreaks(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof StackError || error instanceof StackErrors)) throw error;
  }
}

describe('what a host says, whatever it is', () => {
  it('its facts', () => {
    const roots = ['/opt/stacks/ai', '/srv/docker', '/var/lib/docker'] as const;
    fc.assert(
      fc.property(answer, (output) =>
        neverBreaks(() => parseHostFacts('a', roots, output, engine)),
      ),
      { numRuns },
    );
  });
  it('its details and its ports', () => {
    fc.assert(
      fc.property(text, (output) => {
        neverBreaks(() => parseHostDetails(output));
        neverBreaks(() => parseListening(output.split('\n')));
      }),
      { numRuns },
    );
  });
  it('its records, cut off or made up', () => {
    const record = fc.oneof(
      text,
      fc.json(),
      fc.json().map((json) => json.slice(0, json.length / 2)),
    );
    fc.assert(
      fc.property(record, (output) => {
        for (const schema of [manifestSchema, journalSchema, convergedSchema, holdSchema])
          neverBreaks(() => parseState<unknown>(schema, output));
      }),
      { numRuns },
    );
  });
});
