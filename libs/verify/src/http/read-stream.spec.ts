import { describe, expect, it } from '@jest/globals';
import { readStream, type Arrival } from './read-stream';

const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const word = (content: string) => event({ choices: [{ delta: { content } }] });
const start = event({ choices: [{ delta: { role: 'assistant', content: '' } }] });
const done = 'data: [DONE]\n\n';
/** Parts that come a second apart. */
const arriving = (...parts: string[]): Arrival[] =>
  parts.map((text, index) => ({ bytes: Buffer.from(text), afterMs: 1000 * (index + 1) }));

describe('readStream', () => {
  const reasoning = event({ choices: [{ delta: { reasoning_content: 'so' } }] });
  const error = event({ error: { message: 'no' } });
  it.each<[string, string[], number, number[], boolean, boolean]>([
    ['words in time', [start, word('a'), word('b') + done], 3, [2000, 3000, 2], true, false],
    ['all at once', [start + word('a') + word('b') + done], 3, [1000, 1000, 1], true, false],
    [
      'an event in two',
      [word('é').slice(0, 9), word('é').slice(9)],
      1,
      [2000, 2000, 1],
      false,
      false,
    ],
    ['no end', [start, word('a')], 2, [2000, 2000, 1], false, false],
    ['no word', [start, done], 1, [], true, false],
    ['an error', [start, error], 2, [], false, true],
    ['reasoning', [reasoning, done], 1, [1000, 1000, 1], true, false],
    ['a comment and no JSON', [': ping\n\ndata: x\n\n'], 0, [], false, false],
    ['nothing', [], 0, [], false, false],
    [
      'lines as on Windows',
      [word('a').replaceAll('\n', '\r\n') + done],
      1,
      [1000, 1000, 1],
      true,
      false,
    ],
    ['an event on two lines', ['data: {"choices":\ndata: []}\n\n', done], 1, [], true, false],
    ['no newline at the end', [word('a'), 'data: [DONE]'], 1, [1000, 1000, 1], true, false],
  ])('%s', (_name, parts, events, words, isEnded, hasError) => {
    const [firstTokenMs, lastTokenMs, arrivals = 0] = words;
    expect(readStream(arriving(...parts), 9000)).toEqual({
      ...{ events, firstTokenMs, lastTokenMs, arrivals, isEnded, hasError },
      wholeMs: 9000,
    });
  });

  it('joins a character that is cut in two', () => {
    const bytes = Buffer.from(word('é'));
    const cut = bytes.indexOf(0xc3) + 1;
    const arrivals = [
      { bytes: bytes.subarray(0, cut), afterMs: 1 },
      { bytes: bytes.subarray(cut), afterMs: 2 },
    ];
    expect(readStream(arrivals, 3)).toMatchObject({ events: 1, firstTokenMs: 2 });
  });
});
