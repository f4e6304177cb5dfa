import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { changing, commands } from '../../stack/src/options/declaration';
import { parseImports } from './boundaries';
import { longFunctions } from './long-functions';
import { resolveRelative } from './modules';
import { arrowsBetween, cyclesBetween, orderErrors } from './rooms';
import { trackedFiles } from './tracked-files';

const program = 'tools/stack/src';
const sources = new Map(
  trackedFiles()
    .filter((file) => /^tools\/(?:stack|nx-plugin)\/.*\.ts$/.test(file))
    .filter((file) => !/\.spec\.ts$|\/fixtures\//.test(file))
    .map((file) => [file, readFileSync(file, 'utf8')]),
);
const textOf = (file: string): string => sources.get(file) ?? '';
const namesIn = (directory: string): string[] =>
  [...sources.keys()].filter((file) => file.startsWith(directory));

/** The directories and files of the program, the lowest first: each imports from those above it in this list alone. */
const order = [
  'options',
  'terminal',
  'context',
  'images',
  'preflight',
  'probes',
  'frame',
  'base',
  'discover',
  'commands',
  'nx',
  'program',
  'main',
];

/** The command that is in the file of another one. */
const together: Record<string, string> = { unhold: 'hold' };

describe('the commands', () => {
  it.each(commands.map(({ name }) => name))('%s has a file of at most 40 lines', (name) => {
    const own = namesIn(`${program}/commands/`).filter((file) =>
      file.endsWith(`/${together[name] ?? name}.ts`),
    );
    expect(own).toHaveLength(1);
    const text = textOf(own[0] ?? '');
    const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    expect(text).toMatch(new RegExp(`^export const ${camel}: Command<\\s*'${name}'`, 'm'));
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  it('leave it to the frame to read the environment, to log in and to print JSON', () => {
    const own = commands.flatMap(({ name }) =>
      namesIn(`${program}/commands/`).filter((file) => file.endsWith(`/${name}.ts`)),
    );
    const calls = /\b(?:readStack|announce|withSession|beginLogins|lookOf)\(|JSON\.stringify/;
    expect(own.filter((file) => calls.test(textOf(file)))).toEqual([]);
  });
});

it('every command that changes hosts continues when nobody reads it, except the two that write one file', () => {
  const change = namesIn(`${program}/commands/change/`).map((file) => basename(file, '.ts'));
  const declared = commands.map(({ name }) => name).filter((name) => change.includes(name));
  expect(declared.filter((name) => name !== 'hold').sort()).toEqual([...changing].sort());
});

describe('the directories of the command line', () => {
  const arrows = arrowsBetween(program, sources);

  it('follow the written order, without a cycle', () => {
    expect(arrows.length).toBeGreaterThan(50);
    expect(orderErrors(arrows, order)).toEqual([]);
    expect(cyclesBetween(arrows)).toEqual([]);
  });

  it("know nothing of Nx's plugin, which knows them", () => {
    const outside = namesIn(`${program}/`).flatMap((file) =>
      parseImports(textOf(file))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolveRelative(file, specifier, sources) ?? specifier)
        .filter((target) => !target.startsWith('tools/stack/')),
    );
    expect(outside).toEqual([]);
  });
});

it('no function of the command line and of the plugin has more than 50 lines', () => {
  expect(sources.size).toBeGreaterThan(80);
  expect([...sources].flatMap(([file, text]) => longFunctions(file, text, 50))).toEqual([]);
});
