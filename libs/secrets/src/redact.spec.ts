import { describe, expect, it } from '@jest/globals';
import { Secret } from '@ai-stack/core';
import { redact } from './redact';

describe('redact', () => {
  const secrets = [new Secret('sk-a/b+"c"'), new Secret('sk-a/b+"c" longer'), new Secret('abc')];
  it.each([
    ['key sk-a/b+"c" end', 'key [secret] end'],
    ['key sk-a/b+"c" longer', 'key [secret]'],
    ['{"key":"sk-a/b+\\"c\\""}', '{"key":"[secret]"}'],
    ['?key=sk-a%2Fb%2B%22c%22', '?key=[secret]'],
    [`Basic ${Buffer.from('sk-a/b+"c"').toString('base64')}`, 'Basic [secret]=='],
    ['abc is a word', 'abc is a word'],
  ])('%s', (text, shown) => expect(redact(text, secrets)).toBe(shown));
});
