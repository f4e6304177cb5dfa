import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const parts = readdirSync('tools/long').sort();
const run = (program: string, ...args: string[]) =>
  spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

describe('tools/test', () => {
  it('lists with --help every part of the long run, with what it does', () => {
    const { status, stdout } = run('tools/test', '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +tools\/test --long=PART/m);
    for (const part of parts) expect(stdout).toMatch(new RegExp(`^  ${part} +\\S.{10}`, 'm'));
  });

  it.each([
    ['--fast', "there is no option '--fast'"],
    ['unit', "there is no option 'unit'"],
    ['', "there is no option ''"],
    ['--long=', "there is no part ''"],
    ['--long=nodes.*', "there is no part 'nodes.*'"],
    ['--long=../sh/part.sh', "there is no part '../sh/part.sh'"],
  ])('refuses %s before it does anything, and lists the parts', (option, message) => {
    const { status, stdout, stderr } = run('tools/test', option);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    for (const part of parts) expect(stderr).toContain(`  ${part} `);
  });
});

describe('the parts of the long run', () => {
  it.each(parts)('%s can be run, and says first what it does', (part) => {
    accessSync(`tools/long/${part}`, constants.X_OK);
    const [first, second] = readFileSync(`tools/long/${part}`, 'utf8').split('\n');
    expect(first).toMatch(/^#!/);
    expect(second).toMatch(/^# \S.{10,100}$/);
  });

  it('run every spec NAME.long.spec.ts, in the part NAME', () => {
    const files = ['apps', 'libs', 'tools'].flatMap((directory) =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' }),
    );
    const specs = files.flatMap((file) => /([^/]+)\.long\.spec\.ts$/.exec(file)?.[1] ?? []);
    expect(specs.filter((name) => !parts.includes(name))).toEqual([]);
  });
});

describe('count.cjs', () => {
  let results: string;
  beforeEach(() => {
    results = mkdtempSync(join(tmpdir(), 'count-'));
  });
  afterEach(() => rmSync(results, { recursive: true }));

  const test = (fullName: string, status: string, duration: number) => ({
    ...{ fullName, status, duration },
    failureMessages: status === 'failed' ? ['\u001b[31mit broke\u001b[0m\n   at x.ts:1'] : [],
  });
  const report = (...tests: { status: string }[]) => ({
    numPassedTests: tests.filter(({ status }) => status === 'passed').length,
    numFailedTests: tests.filter(({ status }) => status === 'failed').length,
    numPendingTests: tests.filter(({ status }) => status === 'pending').length,
    ...{ numRuntimeErrorTestSuites: 0, numTodoTests: 0 },
    testResults: [{ name: '/w/a.spec.ts', status: 'x', assertionResults: tests }],
  });
  function count(files: Record<string, unknown>, expected: string[] = ['unit'], seconds = 61) {
    const step = { name: 'lint', code: 0, seconds: 2.25, cpuSeconds: 3.5 };
    const all = { ...files, steps: { seconds, expected, steps: [step] } };
    for (const [name, content] of Object.entries(all))
      writeFileSync(
        join(results, name),
        typeof content === 'string' ? content : JSON.stringify(content),
      );
    const { status, stdout } = run('node', 'tools/sh/count.cjs', results);
    return { status, text: stdout, last: stdout.trimEnd().split('\n').at(-1) };
  }

  it('adds up checks and tests, and ends with the closing line', () => {
    const tests = [test('quick', 'passed', 10), test('slow', 'passed', 9_000)];
    const { status, text, last } = count({ 'lint.check': 'passed', 'unit.json': report(...tests) });
    expect([status, last]).toEqual([0, '3 passed, 0 failed, 0 skipped']);
    expect(text).toMatch(/^ +2\.[23] +3\.5 {2}lint$/m);
    expect(text).toMatch(/^ +61\.0 +3\.5 {2}the whole run$/m);
    expect(text).toMatch(/The slowest tests, in seconds\n +9\.0 {2}a: slow\n +0\.0 {2}a: quick\n/);
    expect(text).not.toContain('TOO SLOW');
  });

  it('names what failed and what was skipped, without colours', () => {
    const tests = [test('good', 'passed', 1), test('bad', 'failed', 1), test('left', 'pending', 0)];
    const { status, text, last } = count({ 'lint.check': 'failed', 'unit.json': report(...tests) });
    expect([status, last]).toEqual([1, '1 passed, 2 failed, 1 skipped']);
    expect(text).toMatch(/failed: lint\nfailed: bad\n {2}it broke\nskipped: left\n/);
  });

  it('fails when a whole suite could not run', () => {
    const files = { 'unit.json': report(test('good', 'passed', 1)) };
    const { status, text, last } = count({ ...files, 'e2e-whole whole stack.check': 'skipped' });
    expect([status, last]).toEqual([1, '1 passed, 0 failed, 1 skipped']);
    expect(text).toContain('skipped: e2e-whole whole stack\n');
  });

  it('fails when a report is missing, and when nothing ran', () => {
    const missing = count({ 'unit.json': report(test('good', 'passed', 1)) }, ['unit', 'e2e-b']);
    expect([missing.status, missing.last]).toEqual([1, '1 passed, 1 failed, 0 skipped']);
    expect(missing.text).toContain('failed: the e2e-b tests did not run');
    rmSync(join(results, 'unit.json'));
    expect(count({}, []).status).toBe(1);
  });

  it('says loudly that a short run took more than 20 minutes, and does not fail for it', () => {
    const files = { 'unit.json': report(test('good', 'passed', 1)) };
    const slow = count(files, ['unit'], 1201);
    expect(slow.status).toBe(0);
    expect(slow.text).toMatch(/!{40,}\nTOO SLOW: 21 minutes/);
    expect(count(files, ['unit'], 1200).text).not.toContain('TOO SLOW');
    // The parts of the long run have a limit of their own.
    expect(count(files, [], 2000).text).not.toContain('TOO SLOW');
  });
});
