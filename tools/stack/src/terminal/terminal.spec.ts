import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { lookOf, watchReaders } from './terminal';

describe('watchReaders', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });

  it('tells that nobody reads, and hides no other error', () => {
    const stream = new EventEmitter();
    let gone = 0;
    watchReaders([stream], () => (gone += 1));
    stream.emit('error', failure('EPIPE'));
    expect(gone).toBe(1);
    expect(() => stream.emit('error', failure('ENOSPC'))).toThrow('ENOSPC');
    expect(gone).toBe(1);
  });
});

describe('lookOf', () => {
  it.each([
    ['a terminal', true, 120, 120],
    ['a narrow one', true, 20, 60],
    ['a very wide one', true, 400, 160],
    ['no terminal', false, 120, undefined],
  ])('%s', (_what, interactive, columns, width) => {
    const size = () => ({ columns, rows: 24 });
    expect(lookOf({ colour: false, interactive, size }).width).toBe(width);
  });
});
