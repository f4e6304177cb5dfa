import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProjectConfiguration } from '@nx/devkit';
import { createNodes } from '../../nx-plugin/src/plugin';
import { commands, type CommandName } from '../../stack/src/options/declaration';
import { parseWords } from '../../stack/src/options/parse-words';
import { commandsIn, printedBySource, wordsIn, type PrintedCommand } from './printed-commands';

// Every command that a message, a script or a document names can be run: its project has the target, and the target
// takes the options.
const services = readdirSync('apps').filter((name) => existsSync(`apps/${name}/service.yaml`));
const targets = new Map<string, string[]>();

beforeAll(async () => {
  const files = [
    ...services.map((name) => `apps/${name}/service.yaml`),
    'tools/stack/project.json',
  ];
  const context = { workspaceRoot: process.cwd(), nxJsonConfiguration: {} };
  for (const [, { projects = {} }] of await createNodes[1](files, undefined, context))
    for (const [folder, project] of Object.entries(projects))
      targets.set(folder.split('/').at(-1) ?? '', Object.keys(project.targets ?? {}));
  for (const tool of ['lab', 'bench']) {
    const text = readFileSync(`tools/${tool}/project.json`, 'utf8');
    targets.set(tool, Object.keys((JSON.parse(text) as ProjectConfiguration).targets ?? {}));
  }
});

/** What is wrong with a command; undefined when it can be run. */
function wrongWith({ project, target, rest }: PrintedCommand): string | undefined {
  const isAny = /[…<>]/.test(project);
  // Of a service that is not known here: what all services have.
  const owner = isAny || !targets.has(project) ? (services[0] ?? '') : project;
  if (!isAny && !targets.has(project) && !/^(?:chat|notes|project)$/.test(project))
    return `no project ${project}`;
  if (/[…<>]/.test(target)) return undefined;
  if (targets.get(owner)?.includes(target) !== true) return `${owner} has no target ${target}`;
  const command = commands.find(({ name }) => name === target)?.name;
  if (command === undefined || !['stack', ...services].includes(owner)) return undefined;
  return wrongWords(command, rest);
}

function wrongWords(command: CommandName, rest: string): string | undefined {
  // What is put in at run time is checked where it is made.
  const words = wordsIn(rest).filter((word) => !/[…<>]|\.\.\./.test(word));
  try {
    parseWords([command], words);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function wrongIn(printed: readonly PrintedCommand[], file: string): string[] {
  return printed.flatMap((command) => {
    const wrong = wrongWith(command);
    const { project, target, rest } = command;
    return wrong === undefined ? [] : [`${file}: ${project}:${target} ${rest}: ${wrong}`];
  });
}

/** The text of each file that may name a command: most do not, and need not be parsed. */
function textsOf(files: readonly string[]): (readonly [file: string, text: string])[] {
  return files
    .map((file) => [file, readFileSync(file, 'utf8')] as const)
    .filter(([, text]) => /nx run |nxRun\(/.test(text));
}

function filesIn(folders: readonly string[], pattern: RegExp): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => pattern.test(file) && !/\.spec\.ts$|\/fixtures\/|node_modules/.test(file));
}

describe('a command in a text', () => {
  it.each([
    ['see npx nx run dns:logs:lab', 0],
    ['npx nx run dns:log:lab', 1],
    ['npx nx run nosuch:logs:lab', 1],
    ['npx nx run stack:destroy:lab', 1],
    ['npx nx run …:verify:…', 0],
    ['npx nx run dns:plan:lab --dif', 1],
    ['npx nx run stack:hold:lab --why="a b"', 0],
    ['npx nx run lab:upp', 1],
  ])('%j has %i errors', (text, count) => {
    expect(wrongIn(commandsIn(text), 'x')).toHaveLength(count);
  });

  it.each([
    ["nxRun(name, 'stack:migrate', '--write')", 0],
    ["nxRun(name, 'stack:migrate', '--wrte')", 1],
    ['nxRun(name, `${service}:loggs`)', 1],
    ['nxRun(name, `${service}:logs`, words)', 0],
  ])('%s has %i errors', (source, count) => {
    expect(wrongIn(printedBySource(source), 'x')).toHaveLength(count);
  });
});

it('every command that a message names can be run', () => {
  const files = filesIn(['apps', 'libs', 'tools'], /\.ts$/);
  const found = textsOf(files).map(([file, text]) => [file, printedBySource(text)] as const);
  expect(found.flatMap(([, printed]) => printed).length).toBeGreaterThan(30);
  expect(found.flatMap(([file, printed]) => wrongIn(printed, file))).toEqual([]);
});

it('every command in a document, a script or a template can be run', () => {
  const folders = ['apps', 'libs', 'tools', 'docs', '.github', '.forgejo'];
  const files = [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
    ...filesIn(folders, /\.(?:md|sh|ya?ml)(?:__tmpl__)?$|__tmpl__$/),
  ];
  const found = textsOf(files).map(([file, text]) => [file, commandsIn(text)] as const);
  expect(found.flatMap(([, printed]) => printed).length).toBeGreaterThan(30);
  expect(found.flatMap(([file, printed]) => wrongIn(printed, file))).toEqual([]);
});
