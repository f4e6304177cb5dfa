import { expect, it } from '@jest/globals';
import { describeOwner } from './owner';

const owner = { who: 'ann@desk', when: '2026-11-28T10:00:00Z', command: 'deploy dns' };
const unknown = 'another operator (the lock does not name them)';

it.each([
  [
    'a commit',
    { ...owner, commit: 'abcdef0123456789' },
    'deploy dns by ann@desk since 2026-11-28T10:00:00Z, commit abcdef012345',
  ],
  ['no commit', { ...owner, commit: null }, 'deploy dns by ann@desk since 2026-11-28T10:00:00Z'],
  ['nobody', { ...owner, who: undefined }, unknown],
  ['another form', { who: 1, when: {}, command: [] }, unknown],
])('describeOwner of a lock with %s', (_case, value, text) => {
  expect(describeOwner(JSON.stringify(value))).toBe(text);
});

it.each(['', '{"who": "ann', 'null', '[]'])('describeOwner of a lock that holds %j', (text) => {
  expect(describeOwner(text)).toBe(unknown);
});
