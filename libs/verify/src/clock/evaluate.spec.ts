import { describe, expect, it } from '@jest/globals';
import { evaluateClock } from './evaluate';

const at = (name: string, seconds: number, uncertaintySeconds = 0.6) => ({
  name,
  skew: { seconds, uncertaintySeconds },
});
const limit = { withinSeconds: 60 };
const here = 'and equal to this machine';

describe('evaluateClock', () => {
  it.each<[string, number, number, string]>([
    ['all three agree', 0.2, -0.3, `trusted is equal to sso.test ${here}`],
    [
      'this machine alone is wrong',
      300,
      301,
      'trusted is equal to sso.test and 5 min ahead of this machine',
    ],
    [
      'a difference that harms nothing',
      -50,
      0,
      'trusted is 50 s behind sso.test and 50 s behind this machine',
    ],
  ])('is content: %s', (_case, host, server, observed) => {
    const facts = { host: at('trusted', host), server: at('sso.test', server) };
    expect(evaluateClock(facts, limit)).toEqual({ verdict: 'ok', observed });
  });

  it.each<[string, number, number, RegExp, RegExp]>([
    ['the host', -140, 0, /^trusted is 2 min 20 s behind sso\.test/, /^on trusted: timedatectl/],
    [
      'the provider',
      0,
      -7200,
      /^trusted is 2 h ahead of sso\.test/,
      /^on the machine of sso\.test: /,
    ],
    [
      'both, or this machine',
      -70,
      70,
      /^trusted is 2 min 20 s behind/,
      /^on trusted or on the machine of sso\.test \(date -u/,
    ],
  ])('names who is alone with its time: %s', (_case, host, server, observed, fix) => {
    const facts = { host: at('trusted', host), server: at('sso.test', server) };
    const evaluated = evaluateClock(facts, limit);
    expect(evaluated.verdict).toBe('wrong');
    expect(evaluated.observed).toMatch(observed);
    expect(evaluated.fix).toMatch(fix);
  });

  it('blames no clock for a slow answer', () => {
    const facts = { host: at('trusted', -62, 3), server: at('sso.test', 0) };
    expect(evaluateClock(facts, limit).verdict).toBe('ok');
  });
});
