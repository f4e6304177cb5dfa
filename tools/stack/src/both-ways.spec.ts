import { describe, expect, it } from '@jest/globals';
import { exitCodes, StackError } from '@ai-stack/core';
import {
  commands,
  optionsOf,
  verbs,
  type CommandName,
  type ValueKind,
} from './options/declaration';
import { executorSchema } from './options/executor-schema';
import { flagsFor, parseWords, type Flags } from './options/parse-words';
import type { Action } from './frame/command';
import { buildProgram } from './program';
import { runTasks } from './nx/run-tasks';
import type { Terminal } from './terminal/terminal';

// Each command is asked in both ways, as a program and by Nx, with every option and with what is none.
const good: Record<ValueKind, string> = {
  names: 'trusted,management',
  levels: 'api',
  guards: 'downgrade',
  environment: 'lab',
  number: '7',
  seconds: '7',
  text: 'words of a person',
};
const bad: Record<ValueKind, string[]> = {
  names: [''],
  levels: ['', 'foo'],
  guards: ['', 'nosuch'],
  environment: [''],
  number: ['', '0', '-1', 'abc', '1.5'],
  seconds: ['', '0', '-1', 'abc', '1.5', '86401'],
  text: [''],
};

/** What the program would run, and what it wrote. */
async function byProgram(...args: string[]) {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const terminal: Terminal = {
    ...{ out: write, err: write, errRaw: write },
    ...{ colour: false, interactive: false, size: () => ({ columns: 100, rows: 24 }) },
  };
  let ran: { name: CommandName; flags: Flags } | undefined;
  const record =
    (name: CommandName): Action =>
    async (_call, flags) => {
      ran = { name, flags: { ...flags } };
      return exitCodes.done;
    };
  const recorders = Object.fromEntries(commands.map(({ name }) => [name, record(name)]));
  const run = buildProgram(terminal, {}, process.cwd(), recorders as Record<CommandName, Action>);
  const code = await run(args);
  return { code, ran, text: written.join('\n') };
}

function byNx(names: readonly CommandName[], ...words: string[]): Flags | string {
  try {
    return parseWords(names, words);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    return error.message;
  }
}

const every = commands.flatMap(({ name }) => optionsOf([name]).map((option) => ({ name, option })));

describe('every option of every command', () => {
  it.each(every.map(({ name, option }) => [name, option.name, option] as const))(
    '%s --%s is read alike in both ways',
    async (name, _option, option) => {
      const word = `--${option.name}`;
      const words = option.value === undefined ? [word] : [`${word}=${good[option.value.kind]}`];
      const { code, ran } = await byProgram(name, ...words);
      expect(code).toBe(exitCodes.done);
      expect(byNx([name], ...words)).toEqual(ran?.flags);
      expect(flagsFor(name, parseWords([name], words))).toEqual(ran?.flags);
    },
  );

  const wrong = every.flatMap(({ name, option }) => {
    const word = `--${option.name}`;
    const twice =
      option.value === undefined
        ? [word, word]
        : Array(2).fill(`${word}=${good[option.value.kind]}`);
    const values = option.value === undefined ? ['yes'] : bad[option.value.kind];
    return [
      [name, [`${word}x`]],
      [name, [`--no-${option.name}`]],
      [
        name,
        [word.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/^-/, '--x')],
      ],
      [name, twice],
      ...values.map((value) => [name, [`${word}=${value}`]]),
    ] as [CommandName, string[]][];
  });

  it.each(wrong)('%s %j is refused in both ways', async (name, words) => {
    const { code, ran } = await byProgram(name, ...words);
    expect({ code, ran }).toEqual({ code: exitCodes.badInput, ran: undefined });
    expect(byNx([name], ...words)).toEqual(expect.any(String));
  });
});

describe('a word that is none', () => {
  it.each([
    [['deploy'], ['--dryrun'], /--dry-run/],
    [['deploy'], ['--dryRun'], /--dry-run/],
    [['deploy'], ['--host=alpha'], /Did you mean --hosts/],
    [['deploy'], ['--dry-run=true'], /--dry-run takes no value/],
    [['deploy'], ['--dry-run='], /--dry-run takes no value/],
    [['plan'], ['--exp'], /Did you mean --expect-no-changes/],
    [['plan'], ['--HOSTS=a'], /Did you mean --hosts/],
    [['verify'], ['--levl=api'], /Did you mean --level/],
    [['deploy'], ['--lock-timeout=abc'], /whole number/],
    [['deploy'], ['--level=api'], /an option of verify/],
    [['deploy'], ['junk'], /unexpected word "junk"/],
    [['deploy'], ['--dry-run', 'true'], /unexpected word "true"/],
    [['deploy'], ['--hosts=a', '--hosts=b'], /--hosts' is given twice/],
    [['render', 'deploy'], ['--timeout=5'], /an option of verify/],
    [['deploy', 'verify'], ['--to=x'], /an option of rollback/],
  ] as [CommandName[], string[], RegExp][])('Nx: %j %j', (names, words, message) => {
    expect(byNx(names, ...words)).toMatch(message);
  });

  it.each([
    [['base', 'dns'], /too many arguments/],
    [['discover', 'dns'], /too many arguments/],
    [['migrate', 'dns'], /too many arguments/],
    [['base', '--hosts=trusted'], /unknown option '--hosts/],
    [['migrate', '--hosts=trusted'], /unknown option '--hosts/],
    [['hold', '--json', '--why=x'], /unknown option '--json/],
    [['destroy', 'dns', '--dry-run', '--lines=5'], /an option of logs/],
    [['deploy', '--dryrun'], /--dry-run/],
    [['deploy', '--host=alpha'], /--hosts/],
    [['deply'], /deploy/],
  ] as [string[], RegExp][])('the command: %j', async (args, message) => {
    const { code, text } = await byProgram(...args);
    expect(text).toMatch(message);
    expect(code).toBe(exitCodes.badInput);
  });
});

describe('several targets at once', () => {
  it('take an option that one of them takes, and only that one gets it', () => {
    const flags = parseWords(['deploy', 'verify'], ['--level=api', '--hosts=trusted']);
    expect(flagsFor('deploy', flags)).toEqual({ hosts: ['trusted'], lockTimeout: 60 });
    expect(flagsFor('verify', flags)).toEqual({ hosts: ['trusted'], level: ['api'], timeout: 60 });
  });

  it('end all, and read nothing, when a word is wrong', async () => {
    const tasks = verbs.map((verb) => ({
      id: `dns:${verb}`,
      service: 'dns',
      options: { verb, environment: 'lab', words: verb === 'render' ? [] : ['--dryrun'] },
    }));
    const ends = [];
    // A directory that is not a workspace: whatever is read fails with another error.
    for await (const end of runTasks(tasks, '/nonexistent')) ends.push(end);
    expect(ends.map(({ task, result }) => [task, result.status])).toEqual(
      verbs.map((verb) => [`dns:${verb}`, 'failure']),
    );
    expect(ends[0]?.result.terminalOutput).toMatch(/nothing was done/);
  });
});

it("the executor's schema names every option of its commands, and types none", () => {
  const { properties } = executorSchema() as { properties: Record<string, object> };
  const names = optionsOf(verbs).map(({ name }) => name);
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(names));
  // A type would make Nx end the executor before it can say what is wrong.
  for (const property of Object.values(properties)) expect(property).not.toHaveProperty('type');
});
