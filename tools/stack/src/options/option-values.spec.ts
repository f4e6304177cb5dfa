import { describe, expect, it } from '@jest/globals';
import { levels } from '@ai-stack/core';
import { optionsOf } from './declaration';
import { list, readValue } from './option-values';

describe('list', () => {
  it.each([
    ['a,b', ['a', 'b']],
    [' a , ,b', ['a', 'b']],
    ['', []],
  ])('reads %j', (text, names) => expect(list(text)).toEqual(names));
});

describe('a value', () => {
  it.each([
    ['names', 'a, b', ['a', 'b']],
    ['levels', 'api,client', ['api', 'client']],
    ['guards', 'downgrade', ['downgrade']],
    ['number', '5', 5],
    ['seconds', '86400', 86_400],
    ['text', 'a b', 'a b'],
  ] as const)('of the kind %s: %j', (kind, text, value) => {
    expect(readValue[kind](text)).toEqual(value);
  });

  it.each([
    ['names', ',', /at least one/],
    ['levels', 'foo', /container, api, inference, client/],
    ['levels', 'clent', /Did you mean client/],
    ['levels', '', /Use of/],
    ['guards', 'all', /Use of hold/],
    ['number', 'abc', /whole number/],
    ['number', '0', /whole number/],
    ['number', '-1', /whole number/],
    ['number', '1.5', /whole number/],
    ['number', '0x10', /whole number/],
    ['number', '', /whole number/],
    ['seconds', '86401', /from 1 to 86400/],
    ['seconds', '999999999', /from 1 to 86400/],
    ['seconds', '1e3', /whole number/],
    ['seconds', '0', /whole number/],
    ['text', ' ', /not be empty/],
    ['environment', '', /not be empty/],
  ] as const)('of the kind %s is never %j', (kind, text, message) => {
    expect(() => readValue[kind](text)).toThrow(message);
  });
});

it('names all levels in the help', () => {
  const level = optionsOf(['verify']).find(({ name }) => name === 'level');
  expect(level?.description).toBe(`of ${levels.join(', ')}`);
});
