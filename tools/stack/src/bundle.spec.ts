import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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
async function load(
  program = plugin,
  { root = clone.root, uses = [] as string[], then = '' } = {},
): Promise<string> {
  const script = `
    const { load } = require('./tools/stack/bundle.cjs');
    try { console.log(Object.keys(load(process.cwd(), ${program}, ${JSON.stringify(uses)})).sort().join()); }
    catch (error) { console.log(error.message); }
    ${then}`;
  return (await execa('node', ['-e', script], { cwd: root, reject: false })).stdout;
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
    await load(plugin, { root: copy });
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
    expect(new Set(ends)).toEqual(new Set(['createMetadata,createNodes,preTasksExecution']));
  });

  it('is a text of one byte a character, whatever a source holds', async () => {
    clone.edit(
      'tools/nx-plugin/src/plugin.ts',
      /$/,
      "// \u{2013} \u{1f680}\nexport const [mark\u00e9 = '\u00e9'] = ['\u{1f680}', /\u2013/.exec('\u2013')];\n",
    );
    expect(await load()).toMatch(/mark\u00e9/);
    expect(await load()).toMatch(/mark\u00e9/);
    expect(readFileSync(compiled, 'latin1')).toMatch(/^\p{ASCII}*$/u);
  });

  it('has in its cache the uses that ended well, once each', async () => {
    const cache = () => {
      const [name = ''] = readdirSync(join(clone.root, 'dist/stack')).filter((file) =>
        /^plugin\..*\.cache$/.test(file),
      );
      const file = join(clone.root, 'dist/stack', name);
      const [line = ''] = readFileSync(file, 'latin1').split('\n', 1);
      return { uses: JSON.parse(line) as unknown, ino: statSync(file).ino };
    };
    clone.edit('tools/nx-plugin/src/plugin.ts', /$/, '// for a cache of its own\n');
    await load(plugin, { uses: ['one'] });
    await load(plugin, { uses: ['two', 'one'] });
    const before = cache();
    expect(before.uses).toEqual(['one', 'two']);
    await load(plugin, { uses: ['two'] });
    await load(plugin, { uses: ['three'], then: 'process.exitCode = 2;' });
    expect(cache()).toEqual(before);
  });

  it('does not need what it does not hold: an error in a service leaves the graph', async () => {
    clone.edit('apps/dns/service.ts', /^import/m, 'imprt');
    expect(await load()).toMatch(/createNodes/);
    expect(await load("require('./tools/stack/entry.cjs')")).toMatch(
      /^apps\/dns\/service\.ts:\d+:\d+: /,
    );
  });
});
