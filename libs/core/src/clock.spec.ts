import { describe, expect, it } from '@jest/globals';
import { clockSkewBetween, clockSkewOf, formatClockSkew, isClockApart } from './clock';

const noon = 1_800_000_000_000;

describe('clockSkewOf', () => {
  it.each([
    ['read at once', { readMs: noon, sentMs: noon, receivedMs: noon }, 0.5, 0.5],
    ['read after a second', { readMs: noon, sentMs: noon, receivedMs: noon + 1000 }, 0, 1],
    [
      'of a host that is ahead',
      { readMs: noon + 90_000, sentMs: noon, receivedMs: noon },
      90.5,
      0.5,
    ],
    [
      'of a host that is behind',
      { readMs: noon - 90_000, sentMs: noon, receivedMs: noon },
      -89.5,
      0.5,
    ],
  ])('%s', (_case, reading, seconds, uncertaintySeconds) => {
    const skew = clockSkewOf({ ...reading, unitMs: 1000 });
    expect(skew).toEqual({ seconds, uncertaintySeconds });
  });

  it('is not known of a host that says no time', () => {
    const reading = { readMs: NaN, unitMs: 1000, sentMs: noon, receivedMs: noon };
    expect(clockSkewOf(reading)).toBeUndefined();
  });

  it('leaves out what a slow round trip may explain', () => {
    const reading = { readMs: noon + 65_000, unitMs: 1000, sentMs: noon };
    const isApart = (receivedMs: number) => isClockApart(clockSkewOf({ ...reading, receivedMs })!);
    expect([noon + 200, noon + 12_000].map(isApart)).toEqual([true, false]);
  });
});

describe('isClockApart', () => {
  it.each([
    [60, 0, false],
    [61, 0, true],
    [-61, 0, true],
    [61, 2, false],
    [-63, 2, true],
  ])('%d s give or take %d s: %s', (seconds, uncertaintySeconds, isApart) => {
    expect(isClockApart({ seconds, uncertaintySeconds })).toBe(isApart);
  });
});

it('compares two clocks by a third', () => {
  const [host, provider] = [
    { seconds: -30, uncertaintySeconds: 1 },
    { seconds: 40, uncertaintySeconds: 2 },
  ];
  expect(clockSkewBetween(host, provider)).toEqual({ seconds: -70, uncertaintySeconds: 3 });
});

it.each([
  [0.4, 'equal to'],
  [-1.2, 'equal to'],
  [5, '5 s ahead of'],
  [-140, '2 min 20 s behind'],
  [3600, '1 h ahead of'],
  [-7205, '2 h behind'],
  [86_400 * 3 + 3600 * 2 + 61, '3 d 2 h ahead of'],
])('formatClockSkew(%d) is %s', (seconds, text) => {
  expect(formatClockSkew({ seconds, uncertaintySeconds: 0.5 })).toBe(text);
});
