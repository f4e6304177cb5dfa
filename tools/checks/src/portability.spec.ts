import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { isOperatorSource } from './operator-packages';
import { exemptedWords, portabilityErrors, runsElsewhere, sameButForCase } from './portability';
import { trackedFiles } from './tracked-files';

const read = (file: string) => readFileSync(file, 'utf8');

describe("the operator's machine", () => {
  it('needs nothing that macOS or a small Linux lacks', () => {
    const files = trackedFiles().filter(isOperatorSource);
    expect(files.flatMap((file) => portabilityErrors(file, read(file)))).toEqual([]);
  });

  it.each(runsElsewhere)('%s is exempt for a reason', (file) => {
    expect(exemptedWords(read(file))).not.toEqual([]);
  });

  it('may have a file system that ignores case', () => {
    expect(sameButForCase(trackedFiles())).toEqual([]);
  });
});

describe('portabilityErrors', () => {
  it.each([
    ["execa('git', ['status']);", []],
    ['spawn(process.execPath, args);', []],
    ['/a/.exec(text);', []],
    ["// flock and /proc/1 are Linux'", []],
    ["spawnDaemon('sh', ['-c', 'read -r line; kill \"$!\"']);", []],
    [
      "spawn('flock', ['x']);",
      ['a.ts:1: spawn starts flock, which some machines do not have', 'flock'],
    ],
    ["\nexecFileSync('id', ['-un']);", ['a.ts:2: execFileSync starts id']],
    ['childProcess.spawn(program);', ['spawn starts a program that is not written there']],
    ["execSync('git status');", ['execSync hands a line to a shell']],
    ["readFileSync('/proc/self/status');", ['uses /proc']],
    ['const text = `here=$(readlink -f "${path}")`;', ['uses readlink with options']],
    ["const text = 'cd /; timeout 5 true';", ['uses timeout']],
    ["const text = 'cp -a x y; sed -i s/a/b/ c';", ['uses sed -i', 'uses cp -a']],
    ["const swapScript = 'stat -c %d x';", []],
    ["const swapScript = join('stat -c %d x');", ['uses stat with options']],
    ["const flag = '--timeout <seconds>';", []],
  ])('%s', (source, expected) => {
    const errors = portabilityErrors('a.ts', source);
    expect(errors).toHaveLength(expected.length);
    expected.forEach((part, at) => expect(errors[at]).toContain(part));
  });
});

describe('sameButForCase', () => {
  it('names the files of one group', () => {
    expect(sameButForCase(['a/B', 'a/b', 'c'])).toEqual(['a/B = a/b']);
  });
});
