import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseImports } from './boundaries';
import { dependencyErrors, isOperatorSource, packageOf } from './operator-packages';
import { trackedFiles } from './tracked-files';

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
};

describe('dependencies', () => {
  it("are exactly what the sources that run on the operator's machine need", () => {
    const files = trackedFiles().filter(isOperatorSource);
    expect(files.length).toBeGreaterThan(150);
    const imports = new Map(files.map((file) => [file, parseImports(readFileSync(file, 'utf8'))]));
    expect(dependencyErrors(imports, Object.keys(dependencies))).toEqual([]);
  });
});

describe('dependencyErrors', () => {
  const names = ['nx', 'typescript', '@swc/core', '@swc-node/register', 'yaml'];

  it.each([
    ["import 'node:fs'; import './a'; import 'yaml';", names, []],
    [
      "import fc from 'fast-check'; import 'yaml';",
      names,
      ['f.ts imports fast-check, which is not among the dependencies of package.json'],
    ],
    [
      "const { x } = require('@nx/devkit/testing'); import 'yaml';",
      names,
      ['f.ts imports @nx/devkit, which is not among the dependencies of package.json'],
    ],
    [
      "export const a = 1; await import('yaml');",
      [...names, 'zod'],
      ["zod is a dependency, and nothing on the operator's machine imports it"],
    ],
  ])('%s', (source, listed, errors) => {
    const imports = new Map([['f.ts', parseImports(source)]]);
    expect(dependencyErrors(imports, listed)).toEqual(errors);
  });
});

describe('isOperatorSource', () => {
  it.each([
    ['apps/dns/service.ts', true],
    ['libs/ssh/src/quote.ts', true],
    ['tools/stack/bundle.cjs', true],
    ['tools/nx-plugin/src/plugin.ts', true],
    ['libs/ssh/src/quote.spec.ts', false],
    ['libs/testing/src/sshd.ts', false],
    ['tools/stack/bundle.d.cts', false],
    ['tools/lab/src/main.ts', false],
    ['apps/dns/service.yaml', false],
  ])('%s: %s', (file, expected) => {
    expect(isOperatorSource(file)).toBe(expected);
  });
});

describe('packageOf', () => {
  it.each([
    ['zod', 'zod'],
    ['@nx/devkit/testing', '@nx/devkit'],
    ['tar-stream/pack', 'tar-stream'],
    ['fs/promises', undefined],
    ['node:fs', undefined],
    ['@ai-stack/core', undefined],
    ['./x', undefined],
  ])('%s', (specifier, name) => {
    expect(packageOf(specifier)).toBe(name);
  });
});
