import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { longFunctions } from './long-functions';
import { trackedFiles } from './tracked-files';

it('no function of libs has more than 50 lines', () => {
  const files = trackedFiles().filter(
    (file) => /^libs\/(?!testing\/).*\.ts$/.test(file) && !/\.spec\.ts$|\/fixtures\//.test(file),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((file) => longFunctions(file, readFileSync(file, 'utf8'), 50))).toEqual([]);
});

it.each([
  ['function f() {\n  a();\n  b();\n}', 4],
  ['const f = () => {\n  a();\n  b();\n};', 4],
  ['class A {\n  f() {\n    a();\n    b();\n  }\n}', 4],
])('sees how long %j is', (source, lines) => {
  expect(longFunctions('a.ts', source, lines)).toEqual([]);
  expect(longFunctions('a.ts', source, lines - 1)).toHaveLength(1);
});
