import { describe, expect, it } from '@jest/globals';
import { badInput, flattenErrors, formatWhere, StackError, StackErrors, throwAll } from './errors';

describe('StackError', () => {
  it('says where, what and how to fix it', () => {
    const where = { file: 'hosts/a.yaml', line: 3, column: 5, key: 'address', host: 'a' };
    const error = badInput('no address', { where, fix: 'write one' });
    expect(error.message).toBe('hosts/a.yaml:3:5, address, host a: no address\n  fix: write one');
    expect(error.exitCode).toBe(2);
  });

  it('becomes JSON without its stack', () => {
    const error = new StackError('it broke', {
      where: { host: 'a' },
      fix: 'fix it',
      cause: new Error('why'),
    });
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: { what: 'it broke', where: { host: 'a' }, fix: 'fix it', cause: 'why' },
    });
  });
});

describe('several errors', () => {
  const [first, second] = [badInput('one'), badInput('two')];

  it('are thrown together, and one alone', () => {
    expect(() => throwAll([])).not.toThrow();
    expect(() => throwAll([first])).toThrow(first);
    expect(() => throwAll([first, second], 'both')).toThrow('both\none\ntwo');
  });

  it('come apart again, however deep they are', () => {
    const nested = new StackErrors([first, new StackErrors([second])]);
    expect(flattenErrors(nested)).toEqual([first, second]);
    expect(flattenErrors('a text', { host: 'a' })[0]?.message).toBe('host a: a text');
  });
});

describe('formatWhere', () => {
  it.each([
    [{}, ''],
    [{ file: 'a.yaml' }, 'a.yaml'],
    [{ service: 'dns', environment: 'lab' }, 'service dns, environment lab'],
  ])('%j is %j', (where, text) => expect(formatWhere(where)).toBe(text));
});
