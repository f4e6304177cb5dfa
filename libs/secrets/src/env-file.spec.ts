import { describe, expect, it } from '@jest/globals';
import { formatEnv, parseEnv, parseEnvFile } from './env-file';

/** What Compose 2.26.1 read from each of these lines (docker compose config --format json). */
const readByCompose: [line: string, value: string][] = [
  [`A='a$HOME "x" #y'`, 'a$HOME "x" #y'],
  [`A='it\\'s'`, "it's"],
  [`A='back\\slash \\n \\\\ end'`, 'back\\slash \\n \\\\ end'],
  [`A='two\\\\'`, 'two\\\\'],
  [`A="q\\"d \\$HOME b\\\\ end\\\\"`, 'q"d $HOME b\\ end\\'],
];

describe('parseEnv', () => {
  it.each(readByCompose)('%s', (line, value) => expect(parseEnv(line).get('A')).toBe(value));

  it('takes a file written by hand', () => {
    const text = '# keys\r\nexport A = plain # why\r\n\r\nB=\nC="two\\nlines"\nD=a#b\nA=last\n';
    expect(Object.fromEntries(parseEnv(text))).toEqual({
      A: 'last',
      B: '',
      C: 'two\nlines',
      D: 'a#b',
    });
  });

  it.each([
    ['A', 'not a line'],
    ['1A=x', 'not a line'],
    ["A='x", 'no closing quote'],
    ["A='x\\'", 'no closing quote'],
    ["A='x'y", 'after the last quote'],
    ['A=$B', 'another variable'],
    ['A="${B}"', 'another variable'],
  ])('refuses %s without repeating it', (line, what) => {
    expect(() => parseEnv(`OK=1\n${line}`)).toThrow(`.env:2: `);
    expect(() => parseEnv(`OK=1\n${line}`)).toThrow(what);
  });

  it('hides the values of parseEnvFile', () => {
    expect(String(parseEnvFile("A='hidden'").get('A'))).toBe('[secret]');
  });
});

describe('formatEnv', () => {
  it('is sorted and quoted', () => {
    expect(
      formatEnv([
        ['B', "it's"],
        ['A', '$x'],
      ]),
    ).toBe("A='$x'\nB='it\\'s'\n");
  });

  it.each(['a\nb', 'a\rb', 'a\0b'])('refuses %j, naming the key alone', (value) => {
    expect(() => formatEnv([['KEY', value]])).toThrow(
      /^KEY: the value of KEY has more than one line/,
    );
  });

  it('refuses a bad key', () => expect(() => formatEnv([['A B', 'x']])).toThrow('variable name'));

  it('is read back literally, for 5000 values of nasty characters', () => {
    const parts = [
      '\\',
      "'",
      '"',
      '$',
      '#',
      ' ',
      '\t',
      'a',
      '{',
      '}',
      '!',
      '`',
      '=',
      'é',
      '${A}',
      '$$',
    ];
    let state = 42;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (state >> 8) % below;
    };
    const value = () =>
      Array.from({ length: random(9) }, () => parts[random(parts.length)]).join('');
    const values = new Map(Array.from({ length: 5000 }, (_, at) => [`K${at}`, value()] as const));
    const text = formatEnv(values);
    expect(Object.fromEntries(parseEnv(text))).toEqual(Object.fromEntries(values));
    expect(formatEnv(parseEnv(text))).toBe(text);
  });
});
