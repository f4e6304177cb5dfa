import { describe, expect, it } from '@jest/globals';
import { evaluateLongStart, type StartLook, type StartMemory } from './long-start';

const longStart = { begins: 'Running upgrade', ends: 'Started server', limitSeconds: 3600 };
const step = 'INFO  [alembic.runtime.migration] Running upgrade 3af -> 9f0, add table chat';
const look = (seconds: number, more: Partial<StartLook> = {}): StartLook => ({
  at: seconds * 1000,
  lines: ['Running migrations', step],
  usage: { cpuSeconds: 0, blockBytes: 0 },
  ...more,
});
const using = (cpuSeconds: number, blockBytes = 0) => ({ usage: { cpuSeconds, blockBytes } });

/** How looks at a start that began at 0 are evaluated, one after the other. */
function evaluateAll(...looks: StartLook[]) {
  let memory: StartMemory | undefined;
  return looks.map((item) => {
    const verdict = evaluateLongStart(longStart, item, memory, 0);
    memory = verdict.memory ?? memory;
    return verdict;
  });
}
const goesOn = (...looks: StartLook[]) => evaluateAll(...looks).map(({ isGoingOn }) => isGoingOn);

describe('a long part of a start', () => {
  it.each<[string, readonly string[], boolean]>([
    ['is under way after its line', [step], true],
    ['is under way after lines of its own', [step, 'moving 10,000 rows'], true],
    ['is under way again after a restart', ['Started server process [1]', step], true],
    ['did not begin', ['loading'], false],
    ['did not begin without a word', [], false],
  ])('%s', (_what, lines, isGoingOn) => {
    const [verdict] = evaluateAll(look(360, { lines }));
    expect(verdict?.isGoingOn).toBe(isGoingOn);
    // Where there is none, what the health check says is all that there is to say.
    expect(verdict?.detail === undefined).toBe(!isGoingOn);
  });

  it('goes on for half an hour of processor time without a line', () => {
    const looks = Array.from({ length: 30 }, (_, minute) =>
      look(360 + 60 * minute, using(50 * minute)),
    );
    expect(new Set(goesOn(...looks))).toEqual(new Set([true]));
  });

  it('goes on while bytes move, with hardly any processor time', () => {
    const looks = Array.from({ length: 30 }, (_, minute) =>
      look(360 + 60 * minute, using(minute, 4096 * minute)),
    );
    expect(new Set(goesOn(...looks))).toEqual(new Set([true]));
  });

  it('goes on while lines come, where the engine does not say what is used', () => {
    const looks = Array.from({ length: 30 }, (_, minute) =>
      look(360 + 60 * minute, { usage: undefined, lines: [step, `row ${minute}`] }),
    );
    expect(new Set(goesOn(...looks))).toEqual(new Set([true]));
  });

  it('hangs when for two minutes nothing moved but health checks', () => {
    const looks = [0, 60, 119, 120].map((seconds) => look(360 + seconds, using(0.01 * seconds)));
    const verdicts = evaluateAll(...looks);
    expect(verdicts.map(({ isGoingOn }) => isGoingOn)).toEqual([true, true, true, false]);
    expect(verdicts.at(-1)?.detail).toBe(
      `its start goes on ("${step}"), but for 120 s there was no new log line, processor time or disk access`,
    );
  });

  it('is given time again by each sign of life', () => {
    const busy = [0, 100, 200, 300].map((seconds) => look(360 + seconds, using(seconds)));
    expect(goesOn(...busy, look(770, using(300)), look(781, using(300)))).toEqual([
      ...[true, true, true, true],
      ...[true, false],
    ]);
  });

  it('takes two looks within a second for one', () => {
    const looks = [look(360, using(0)), look(360.5, using(0.4)), look(480, using(0.5))];
    expect(goesOn(...looks)).toEqual([true, true, false]);
  });

  it('leaves two minutes for the rest of the start and the next health check', () => {
    const lines = [step, 'INFO: Started server process [1]'];
    const rest = [600, 700, 719, 720].map((seconds) => look(seconds, { lines }));
    const verdicts = evaluateAll(look(540, using(1)), ...rest);
    expect(verdicts.map(({ isGoingOn }) => isGoingOn)).toEqual([true, true, true, true, false]);
    expect(verdicts.at(-1)?.detail).toBeUndefined();
  });

  it('goes on when its line is no longer among the last ones', () => {
    const lines = ['row 100,000'];
    expect(goesOn(look(360), look(400, { lines }))).toEqual([true, true]);
  });

  it('ends at its limit, whatever moves', () => {
    const verdicts = evaluateAll(look(3599, using(1)), look(3600, using(9)));
    expect(verdicts.map(({ isGoingOn }) => isGoingOn)).toEqual([true, false]);
    expect(verdicts.at(-1)?.detail).toBe(
      `its start goes on ("${step}"), longer than the limit of 3600 s`,
    );
  });
});
