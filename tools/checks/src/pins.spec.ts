import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  string,
  Record<string, string>
>;
const packages = { ...manifest['dependencies'], ...manifest['devDependencies'] };

describe('pins', () => {
  it.each(Object.entries(packages))('%s is pinned to one version', (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('keeps the packages of Nx at one version', () => {
    const { nx, '@nx/js': js, '@nx/devkit': devkit } = packages;
    expect([js, devkit]).toEqual([nx, nx]);
  });
});
