import { describe, expect, it } from '@jest/globals';
import { isInteractive, readSize, taskVariables, terminalVariable, wantsColour } from './colour';

describe('wantsColour', () => {
  it.each<[Record<string, string>, boolean, boolean]>([
    [{}, true, true],
    [{}, false, false],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ NO_COLOR: '', FORCE_COLOR: '' }, false, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: 'true' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: 'false' }, true, false],
    [{ FORCE_COLOR: '' }, true, true],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ])('%j, terminal %s: %s', (variables, isTerminal, expected) => {
    expect(wantsColour(variables, isTerminal)).toBe(expected);
  });
});

it.each<[Record<string, string>, boolean, boolean]>([
  [{}, true, true],
  [{}, false, false],
  [{ CI: 'true' }, true, false],
  [{ CI: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
])('isInteractive %j, terminal %s: %s', (variables, isTerminal, expected) => {
  expect(isInteractive(variables, isTerminal)).toBe(expected);
});

describe('what the tasks of Nx are told', () => {
  const size = { columns: 80, rows: 24 };

  it.each<[string, Record<string, string>, typeof size | undefined, string, string]>([
    ['a terminal', {}, size, '1', '80x24'],
    ['none', {}, undefined, '0', ''],
    ['forced', { FORCE_COLOR: 'true' }, undefined, 'true', ''],
    ['empty', { FORCE_COLOR: '' }, size, '1', '80x24'],
    ['empty without one', { FORCE_COLOR: '' }, undefined, '0', ''],
    ['no colours', { NO_COLOR: '1' }, size, '0', '80x24'],
    ['CI', { CI: '1' }, size, '1', ''],
    ["Nx's own display", { NX_TUI: 'true' }, size, '1', ''],
  ])('%s', (_what, variables, terminal, colour, shown) => {
    expect(taskVariables(variables, terminal)).toEqual({
      FORCE_COLOR: colour,
      [terminalVariable]: shown,
    });
  });

  it('only a batch of Nx believes it: what a task starts has its own streams', () => {
    const forTask = taskVariables({}, size);
    expect(readSize({ ...forTask, NX_FORKED_TASK_EXECUTOR: 'true' })).toEqual(size);
    expect(readSize(forTask)).toBeUndefined();
    expect(readSize({ NX_FORKED_TASK_EXECUTOR: 'true' })).toBeUndefined();
  });
});
