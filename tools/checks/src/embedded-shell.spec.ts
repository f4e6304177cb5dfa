import { describe, expect, it } from '@jest/globals';
import { embeddedShell } from './embedded-shell';
import { shellcheckErrors } from './shellcheck';

const found = (source: string, file = 'libs/x/src/a.ts') =>
  embeddedShell(new Map([[file, source]]));
const texts = (source: string) =>
  found(source).scripts.map(({ shell, text }) => `${shell} ${text}`);

describe('the shell in a source', () => {
  it.each([
    ['connection.script(\'exec "$@"\', []);', ['sh exec "$@"']],
    ["const a = 'ls';\nconnection.script(a, []);", ['sh ls']],
    ["run(['bash', '-c', 'ls']);", ['bash ls']],
    ["run(host, 'sh', '-ec', 'ls');", ['sh ls']],
    ["start('sh', ['-c', 'ls', 'sh', x]);", ['sh ls']],
    ["const a = ['ls', 'pwd'].join(' && ');\nrun(['bash', '-c', a]);", ['bash ls && pwd']],
    ["const b = 'x';\nrun(['sh', '-c', `ls ${b} ${f()}`]);", ['sh ls x word']],
    ['const kept = `set -eu\ncd "$1"`;', ['sh set -eu\ncd "$1"']],
    ["run(['python3', '-c', 'print(1)']);", []],
    ["describe('set -eu');", []],
  ])('%j', (source, scripts) => {
    expect(texts(source)).toEqual(scripts);
    expect(found(source).unseen).toEqual([]);
  });

  it('is the constant before its use, not another of the same name', () => {
    const source =
      "{ const a = 'one'; run('sh', '-c', a); }\n{ const a = 'two'; run('sh', '-c', a); }";
    expect(texts(source)).toEqual(['sh one', 'sh two']);
  });

  it('is found where another file exports it', () => {
    const sources = new Map([
      ['libs/x/src/a.ts', 'connection.script(listScript, []);'],
      ['libs/x/src/b.ts', "export const listScript = 'ls';"],
    ]);
    expect(embeddedShell(sources)).toEqual({
      unseen: [],
      scripts: [{ file: 'libs/x/src/b.ts', line: 1, name: 'listScript', shell: 'sh', text: 'ls' }],
    });
  });

  it('that is put together by a function is named, because it cannot be checked', () => {
    expect(found('\nconnection.script(make(), []);').unseen).toEqual(['libs/x/src/a.ts:2: make()']);
  });
});

describe('shellcheck', () => {
  const errors = (source: string, file?: string, exemptions = {}) =>
    shellcheckErrors(found(source, file).scripts, exemptions);
  const unquoted = '\nconst aScript = `set -eu\nrm -- $1`;';

  it('says what is wrong at the line of the source', () => {
    expect(errors(unquoted)).toEqual([
      'libs/x/src/a.ts:3: SC2086: Double quote to prevent globbing and word splitting.',
    ]);
    expect(errors("run(['sh', '-c', 'if true; then ls']);")[0]).toMatch(/a\.ts:1: SC1046/);
  });

  it('reads scripts of tests for errors alone', () => {
    expect(errors(unquoted, 'tools/e2e/src/a.ts')).toEqual([]);
    expect(errors("run('sh', '-c', 'if true; then ls');", 'tools/e2e/src/a.ts')).not.toEqual([]);
  });

  it('leaves out what is exempt, and names an exemption that nothing needs', () => {
    const place = 'libs/x/src/a.ts aScript';
    expect(errors(unquoted, undefined, { [place]: { 2086: 'on purpose' } })).toEqual([]);
    expect(errors(unquoted, undefined, { [place]: { 2086: 'x', 2046: 'y' } })).toEqual([
      `nothing needs the exemption of ${place} SC2046`,
    ]);
    expect(errors(unquoted, undefined, { 'libs/y/src/a.ts aScript': { 2086: 'x' } })).toHaveLength(
      2,
    );
  });
});
