import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { watchReaders } from './terminal';

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
