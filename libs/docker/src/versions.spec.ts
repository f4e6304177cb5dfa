import { describe, expect, it } from '@jest/globals';
import { composeTooOld, engineTooOld, hasStartInterval, parseVersion } from './versions';

describe('versions', () => {
  it.each([
    ['2.26.1-4', { major: 2, minor: 26, patch: 1 }],
    ['v5.0.0', { major: 5, minor: 0, patch: 0 }],
    ['26.1.5+dfsg1', { major: 26, minor: 1, patch: 5 }],
    ['docker-compose version 1.29.2, build x', { major: 1, minor: 29, patch: 2 }],
    ['dev', undefined],
  ])('%s', (text, version) => expect(parseVersion(text)).toEqual(version));

  it.each([
    ['1.29.2', true],
    ['2.19.1', true],
    ['2.20.0', false],
    ['v2.40.3', false],
    ['5.0.1', false],
    ['', true],
  ])('compose %s', (text, tooOld) => expect(composeTooOld(text)).toBe(tooOld));

  it.each([
    ['20.10.24', true, false],
    ['24.0.7', false, false],
    ['25.0.0', false, true],
    ['28.2.2', false, true],
    ['', true, false],
  ])('engine %s', (text, tooOld, startInterval) => {
    expect(engineTooOld(text)).toBe(tooOld);
    expect(hasStartInterval(text)).toBe(startInterval);
  });
});
