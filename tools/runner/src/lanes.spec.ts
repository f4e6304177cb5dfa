import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import {
  e2eNames,
  lackingPrograms,
  makeLane,
  readLanes,
  removeLane,
  specPaths,
  wholeLane,
} from './lanes';
import { lightServices } from './light';

jest.setTimeout(60_000);
const root = process.cwd();

describe('the lanes of the end-to-end tests', () => {
  const lanes = readLanes(root);

  it('hold every spec exactly once, those for all services in the lane that has them', () => {
    expect(Object.values(lanes).flat().sort()).toEqual(e2eNames(root));
    for (const [lane, specs] of Object.entries(lanes)) {
      const kind = lane === wholeLane ? 'whole/' : 'light/';
      expect(specs.filter((spec) => !spec.startsWith(kind))).toEqual([]);
    }
  });

  it('hold all that Jest would run', () => {
    const jestProgram = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
    const args = [...jestProgram, '--selectProjects', 'e2e', '--listTests', '--json'];
    const env = { ...process.env, NODE_NO_WARNINGS: '1' };
    const listed = JSON.parse(
      execFileSync('node', args, {
        ...{ encoding: 'utf8', env },
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as string[];
    const paths = specPaths(e2eNames(root)).map((path) => join(root, path));
    expect(listed.sort()).toEqual(paths);
  });
});

describe('the programs that a lane lacks', () => {
  it.each([
    ['whole', {}, []],
    ['whole', { vllm: 'no AVX2', litellm: 'offline' }, ['litellm', 'vllm']],
    ['light', { vllm: 'no AVX2', litellm: 'offline' }, []],
    ['faults', { traefik: 'offline', vllm: 'no AVX2' }, ['traefik']],
    ['light', { coredns: 'offline', ollama: 'offline' }, ['coredns', 'ollama']],
  ])('%s without %j', (lane, absent, lacking) => {
    expect(lackingPrograms(lane, absent)).toEqual(lacking);
  });
});

describe('makeLane', () => {
  it('copies the workspace with the light services alone into a repository of its own, without a lab, and can be repeated', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lane-'));
    const at = join(directory, 'light');
    for (let turn = 0; turn < 2; turn++) {
      makeLane(root, at);
      for (const file of ['tools/test', 'package.json', 'node_modules/jest/package.json'])
        expect(readFileSync(join(at, file))).toEqual(readFileSync(join(root, file)));
      expect(execFileSync('git', ['status', '--porcelain'], { cwd: at, encoding: 'utf8' })).toBe(
        '',
      );
      expect(existsSync(join(at, '.lab'))).toBe(false);
      expect(existsSync(join(at, '.env.local'))).toBe(false);
    }
    const hosts = join(at, 'libs/inventory/environments/lab/hosts');
    const placed = readdirSync(hosts).map((name) => readFileSync(join(hosts, name), 'utf8'));
    expect(
      placed
        .join('\n')
        .match(/^ +- .*$/gm)
        ?.map((line) => line.trim().slice(2))
        .sort(),
    ).toEqual(lightServices);
    removeLane(at);
    expect(existsSync(at)).toBe(false);
    expect(existsSync(join(root, 'node_modules/jest'))).toBe(true);
    rmSync(directory, { recursive: true });
  });
});
