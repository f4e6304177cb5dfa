import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (file: string) =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>>;

describe('pins', () => {
  it.each(Object.entries(read('package.json')['devDependencies'] ?? {}))(
    '%s is pinned to one version',
    (_name, version) => {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    },
  );

  it('keeps the packages of Nx at one version', () => {
    const {
      nx,
      '@nx/js': js,
      '@nx/devkit': devkit,
    } = read('package.json')['devDependencies'] ?? {};
    expect([js, devkit]).toEqual([nx, nx]);
  });

  it('records no download address in the lock file', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toContain('"resolved": "http');
  });

  it('keeps the optional platform packages in the lock file, without which npm ci fails', () => {
    const packages = Object.keys(read('package-lock.json')['packages'] ?? {});
    expect(packages.some((name) => name.endsWith('/@nx/nx-darwin-arm64'))).toBe(true);
  });
});
