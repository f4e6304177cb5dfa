import { expect, it } from '@jest/globals';
import { pullStatus } from './pull-status';

it.each([
  ['nothing known yet', 0, 0, 0, { status: 'pulling', done: 0, total: 0 }],
  ['bytes that come', 5, 10, 1, { status: 'pulling', done: 5, total: 10 }],
  ['all bytes', 10, 10, 1, { status: 'unpacking, 1 of 3 layers', done: 0, total: 0 }],
])('a pull with %s', (_what, done, total, unpacked, status) => {
  expect(pullStatus({ image: 'a:1', done, total, unpacked, layers: 3 })).toEqual(status);
});
