import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { trackedFiles } from './tracked-files';
import { givenNames, wordErrors } from './words';

const isSource = (file: string): boolean =>
  /^(?:apps|libs|tools)\/.*\.c?ts$/.test(file) &&
  !/^tools\/checks\/src\/words(?:\.spec)?\.ts$/.test(file);

describe('the words of docs/glossary.md', () => {
  it('are the words of all sources', () => {
    const files = trackedFiles().filter(isSource);
    expect(files.length).toBeGreaterThan(500);
    expect(files.flatMap((file) => wordErrors(file, readFileSync(file, 'utf8')))).toEqual([]);
  });

  it.each(Object.keys(givenNames))('%s, which we cannot choose, is still in use', (name) => {
    const files = trackedFiles().filter(isSource);
    expect(files.some((file) => readFileSync(file, 'utf8').includes(name))).toBe(true);
  });
});

describe('wordErrors', () => {
  it.each([
    ['function judgeModel() {}', '"judge": write check, diff or evaluate'],
    ['const ownFolder = 1;', '"folder": write directory'],
    ['interface A { proveReload(): void }', '"prove": write verify'],
    ['hosts.find((one) => one.name);', '"one": write the noun: host, release, fact'],
    ['class A { #tell() {} }', '"tell": write report, or the noun'],
    ['type HeldLocks = 1;', '"held locks": write acquire locks'],
    ['// a service behind those\nconst a = 1;', undefined],
    ['/** One step behind the other. */\nconst a = 1;', '"step behind": write after'],
    ['/**\n * It runs beside\n * the old one.\n */\nconst a = 1;', '"beside": write next to, with'],
    ['/**\n * A long line that stands\n * in a file.\n */\nconst a = 1;', '"stands in": write is'],
    ["throw new Error('this is no file');", '"is no": write is not a'],
    ["throw new Error('there is no file, and it is no longer there');", undefined],
    ['const text = `mend ${a} at ${b}`;', '"mend": write fix'],
    ['const text = `at ${a}: somebody changed it`;', '"somebody": write another operator, a user'],
    ['const caFolder = response.one;', undefined],
    ["const path = '/var/folders/zz/T';", undefined],
    ["describe('judgeHttp', () => {});", '"judge": write check, diff or evaluate'],
  ])('%j', (source, error) => {
    expect(wordErrors('a.ts', source)).toEqual(error === undefined ? [] : [`a.ts:1: ${error}`]);
  });
});
