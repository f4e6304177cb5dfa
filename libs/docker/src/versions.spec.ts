import { describe, expect, it } from '@jest/globals';
import { composeTooOld, engineTooOld, hasStartInterval } from './versions';

describe('versions', () => {
  it.each([
    ['1.29.2', true],
    ['2.19.1', true],
    ['2.20.0', false],
    ['v2.40.3', false],
    ['5.0.1', false],
    ['2.20.0-1', false],
    ['2.19.3+ds1-0ubuntu1', true],
    ['docker-compose version 1.29.2, build 2.30', true],
    ['dev', true],
    ['', true],
  ])('compose %s', (text, tooOld) => expect(composeTooOld(text)).toBe(tooOld));

  it.each([
    ['20.10.24', true, false],
    ['24.0.7', false, false],
    ['25.0.0', false, true],
    ['26.1.5+dfsg1', false, true],
    ['25.0.0-rc.1', false, true],
    ['28.2.2', false, true],
    ['', true, false],
  ])('engine %s', (text, tooOld, startInterval) => {
    expect(engineTooOld(text)).toBe(tooOld);
    expect(hasStartInterval(text)).toBe(startInterval);
  });
});
