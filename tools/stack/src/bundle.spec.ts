import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { ThrowAway } from '@ai-stack/testing/throw-away';

jest.setTimeout(60_000);

const clone = new ThrowAway();
afterEach(() => clone.restore());
afterAll(() => clone.remove());

const guard = 'tools/nx-plugin/src/guard.ts';
const compiled = join(clone.root, 'dist/stack/plugin.cjs');
const plugin = "require('./tools/nx-plugin/entries.cjs').plugin";

/** Loads the compiled plugin in a process of its own, as Nx does, and gives its exports or the message of its error. */
async function load(program = plugin, root = clone.root): Promise<string> {
  const script = `
    const { load } = require('./tools/stack/bundle.cjs');
    try { console.log(Object.keys(load(process.cwd(), ${program})).sort().join()); }
    catch (error) { console.log(error.message); }`;
  return (await execa('node', ['-e', script], { cwd: root })).stdout;
}

describe('a compiled program', () => {
  it('says file and line of what does not compile', async () => {
    clone.edit(guard, /^export function/m, 'export fnction');
    expect(await load()).toMatch(/^tools\/nx-plugin\/src\/guard\.ts:\d+:\d+: Unexpected/);
  });

  it('is compiled again when a source has changed, and not run from the cache of another text', async () => {
    await load();
    const marked = (word: string) =>
      clone.edit(
        'tools/nx-plugin/src/plugin.ts',
        /(?:export const mark\w = 1;)?$/,
        `export const mark${word} = 1;`,
      );
    marked('A');
    expect(await load()).toMatch(/markA/);
    // Of the same length, which is all that V8 compares.
    marked('B');
    expect(await load()).toMatch(/markB/);
    expect(await load()).toMatch(/markB/);
  });

  it('is not compiled again in a copy of the workspace, nor for a file that was written as it was', async () => {
    await load();
    const before = statSync(compiled).ino;
    const copy = mkdtempSync(join(tmpdir(), 'ai-stack-copy-'));
    cpSync(clone.root, copy, { recursive: true, verbatimSymlinks: true });
    const copied = join(copy, 'dist/stack/plugin.cjs');
    const inCopy = statSync(copied).ino;
    await load(plugin, copy);
    expect(statSync(copied).ino).toBe(inCopy);
    rmSync(copy, { recursive: true });
    clone.write(guard, clone.read(guard));
    await load();
    expect(statSync(compiled).ino).toBe(before);
    clone.edit(guard, /$/, '// another\n');
    await load();
    expect(statSync(compiled).ino).not.toBe(before);
  });

  it('is compiled again when text and stamps are of two builds, as two processes at once may leave them', async () => {
    await load();
    writeFileSync(compiled, '// build 0123456789abcdef\nexports.stale = true;\n');
    expect(await load()).toMatch(/createNodes/);
    expect(readFileSync(compiled, 'utf8')).not.toContain('exports.stale');
  });

  it('is whole when two processes build it at once', async () => {
    const ends = await Promise.all([load(), load(), load()]);
    expect(new Set(ends)).toEqual(new Set(['createNodes,preTasksExecution']));
  });

  it('does not need what it does not hold: an error in a service leaves the graph', async () => {
    clone.edit('apps/dns/service.ts', /^import/m, 'imprt');
    expect(await load()).toMatch(/createNodes/);
    expect(await load("require('./tools/stack/entry.cjs')")).toMatch(
      /^apps\/dns\/service\.ts:\d+:\d+: /,
    );
  });
});
