import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { lockFileErrors, type LockEntry, type LockFile } from './lock-file';

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as LockFile;
const lock = read('package-lock.json');
/** Parts of the lock file of 2026-11-24, which every npm refused with `Invalid Version:` (32 entries were empty). */
const old = read('tools/checks/fixtures/old-lock-file.json');

/** The lock file with one entry changed or, for undefined, removed. */
function changed(path: string, change: Partial<LockEntry> | undefined): LockFile {
  const { [path]: entry, ...others } = lock.packages;
  expect(entry).toBeDefined();
  return {
    packages: change === undefined ? others : { ...others, [path]: { ...entry, ...change } },
  };
}

describe('package-lock.json', () => {
  it('installs on every platform', () => {
    expect(lockFileErrors(lock)).toEqual([]);
  });
});

describe('lockFileErrors', () => {
  it('refuses the old lock file', () => {
    const errors = lockFileErrors(old);
    expect(errors).toContain(
      'node_modules/@swc/core/node_modules/@swc/core-darwin-arm64 has no version',
    );
    expect(errors).toContain('node_modules/nx has no optional package for darwin arm64');
    expect(errors).toContain('node_modules/nx has no optional package for linux x64 musl');
    expect(errors).toContain('node_modules/@swc/core has no optional package for win32 arm64');
    expect(errors).not.toContain('node_modules/nx has no optional package for linux x64 glibc');
  });

  it.each([
    ['no version', 'node_modules/zod', { version: undefined }, 'node_modules/zod has no version'],
    [
      'no integrity',
      'node_modules/zod',
      { integrity: undefined },
      'node_modules/zod has no integrity',
    ],
    [
      'a download address',
      'node_modules/zod',
      { resolved: 'https://registry.example.org/zod.tgz' },
      'node_modules/zod records a download address',
    ],
    [
      'no entry of a dependency',
      'node_modules/zod',
      undefined,
      'package.json needs zod, which has no entry',
    ],
    [
      'no entry of a platform',
      'node_modules/@esbuild/darwin-arm64',
      undefined,
      'node_modules/esbuild has no optional package for darwin arm64',
    ],
    [
      'another version than the one listed',
      'node_modules/@nx/nx-win32-x64-msvc',
      { version: '23.3.0' },
      'node_modules/nx needs @nx/nx-win32-x64-msvc 23.3.1, the entry is 23.3.0',
    ],
    [
      'musl left out',
      'node_modules/@unrs/resolver-binding-linux-arm64-musl',
      undefined,
      'node_modules/unrs-resolver has no optional package for linux arm64 musl',
    ],
  ] as const)('finds %s', (_name, path, change, error) => {
    expect(lockFileErrors(changed(path, change))).toContain(error);
  });

  it('finds a nested entry before the one at the top', () => {
    const packages = {
      '': { dependencies: { a: '1.0.0', b: '1.0.0' } },
      'node_modules/a': { version: '1.0.0', integrity: 'x', dependencies: { b: '2.0.0' } },
      'node_modules/a/node_modules/b': { version: '2.0.0', integrity: 'x' },
      'node_modules/b': { version: '1.0.0', integrity: 'x' },
    };
    expect(lockFileErrors({ packages }).filter((error) => error.includes('needs'))).toEqual([]);
  });
});
