import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Stamps } from './stamps';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stamps-'));
  execFileSync('git', ['init', '--quiet', root]);
  write('.gitignore', '.nx/\nnode_modules\n');
  write('good.ts', 'export const one = 1;\n');
  write('tool.sh', 'true\n');
  write('node_modules/.package-lock.json', '{}');
  execFileSync('git', ['-C', root, 'add', '.']);
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, content: string): void {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), content);
}
const stamps = (programs = ['1']) => new Stamps(root, join(root, '.nx/tests'), programs);

describe('Stamps', () => {
  it('knows what passed on the same files, that check and no other', () => {
    expect(stamps().isPassed('lint')).toBe(false);
    stamps().recordPassed('lint');
    expect(stamps().isPassed('lint')).toBe(true);
    expect(stamps().isPassed('types')).toBe(false);
  });

  it.each<[string, () => void]>([
    ['an error comes into a file', () => write('good.ts', 'export const one = ;\n')],
    ['an error of the same length', () => write('good.ts', 'export const one = x;\n')],
    ['a file comes that git does not know yet', () => write('new.ts', 'let x;\n')],
    ['a file goes', () => rmSync(join(root, 'good.ts'))],
    ['a file becomes a link', () => replaceByLink()],
    ['a script loses its right to run', () => chmodSync(join(root, 'tool.sh'), 0o755)],
    ['a package changes', () => write('node_modules/.package-lock.json', '{"a":1}')],
    ['the ignore file changes', () => write('.gitignore', '.nx/\nnode_modules\ngood.ts\n')],
  ])('asks again when %s', (_, change) => {
    stamps().recordPassed('lint');
    change();
    expect(stamps().isPassed('lint')).toBe(false);
  });

  it('asks again with another program', () => {
    stamps().recordPassed('scripts');
    expect(stamps(['2']).isPassed('scripts')).toBe(false);
  });

  it('remembers the files as they were before the check, not what was edited meanwhile', () => {
    const before = stamps();
    write('good.ts', 'export const one = ;\n');
    before.recordPassed('lint');
    expect(stamps().isPassed('lint')).toBe(false);
  });

  it('does not care for what git ignores', () => {
    stamps().recordPassed('lint');
    write('.nx/cache/x.ts', 'let x;\n');
    expect(stamps().isPassed('lint')).toBe(true);
  });
});

function replaceByLink(): void {
  rmSync(join(root, 'good.ts'));
  symlinkSync('tool.sh', join(root, 'good.ts'));
}
