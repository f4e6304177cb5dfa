import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const read = (file: string) => readFileSync(file, 'utf8');
const engines = (JSON.parse(read('package.json')) as { engines: { node: string } }).engines.node;
const { fits } = createRequire(join(process.cwd(), 'tools'))('./tools/sh/supported-node.cjs') as {
  fits: (version: string) => boolean;
};
const lock = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, { engines?: { node?: string } }>;
};

describe('the Nodes that are supported', () => {
  it.each([
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['20.20.2', true],
    ['21.7.3', false],
    ['22.12.0', false],
    ['22.13.0', true],
    ['22.23.3', true],
    ['23.11.0', false],
    ['24.0.0', true],
    ['26.10.0', true],
  ])('%s: %s', (version, supported) => {
    expect(fits(`v${version}`)).toBe(supported);
  });

  it('are checked by this Node itself in prepare.sh', () => {
    execFileSync(process.execPath, ['tools/sh/supported-node.cjs']);
    expect(() =>
      execFileSync(process.execPath, ['tools/sh/supported-node.cjs', 'v23.0.0']),
    ).toThrow();
  });

  it('are the same in the lock file and in README.md', () => {
    expect(lock.packages['']?.engines?.node).toBe(engines);
    const lowest = engines.split(' || ').map((range) => /\d+\.\d+/.exec(range)?.[0]);
    expect(lowest).toEqual(['20.19', '22.13', '24.0']);
    const readme = read('README.md').replaceAll(/\s+/g, ' ');
    expect(readme).toContain('Node 22.13 or newer');
    expect(readme).toContain('20.19 works, too');
  });
});

describe('npm ci of tools/sh/prepare.sh', () => {
  const directory = mkdtempSync(join(tmpdir(), 'prepare-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(
    join(directory, 'npm'),
    '#!/bin/sh\nls -A "$HOME" >&2; echo "$HOME|$npm_config_cache|$NPM_CONFIG_USERCONFIG|$*" >&2\n',
  );
  chmodSync(join(directory, 'npm'), 0o755);
  writeFileSync(join(directory, 'left-behind'), '');

  /** What npm was called with. */
  const install = (env: Record<string, string>): string[] => {
    const script = 'step=test; . tools/sh/prepare.sh; install_npm_packages 2>&1 >/dev/null';
    const output = execFileSync('bash', ['-c', `exec 2>&1; ${script} | cat`], {
      encoding: 'utf8',
      env: { PATH: `${directory}:${process.env['PATH'] ?? ''}`, HOME: directory, ...env },
    });
    return (output.trim().split('\n').at(-1) ?? '').split('|');
  };

  it("keeps a user's HOME and cache", () => {
    expect(install({})).toEqual([directory, '', '', 'ci --no-audit --no-fund --loglevel=error']);
  });

  it('starts from nothing in CI, with the settings of the machine', () => {
    const [home, cache, userconfig] = install({ CI: 'true' });
    expect(home).not.toBe(directory);
    expect(cache).toBe(`${home}/npm-cache`);
    expect(userconfig).toBe(join(directory, '.npmrc'));
    expect(install({ CI: 'true', NPM_CONFIG_USERCONFIG: '/x/npmrc' })[2]).toBe('/x/npmrc');
  });
});
