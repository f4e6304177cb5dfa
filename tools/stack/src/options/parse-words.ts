import { Command, CommanderError, Option } from 'commander';
import { badInput } from '@ai-stack/core';
import { nearest } from '@ai-stack/inventory';
import { optionsOf, takersOf, type CommandName, type OptionDeclaration } from './declaration';
import { readValue } from './option-values';

/** The options of a command line by their names in camel case, as read. */
export type Flags = Record<string, unknown>;

/** Gives a command of commander the declared options; one that is given twice is refused. */
export function addOptions(command: Command, options: readonly OptionDeclaration[]): Command {
  for (const declared of options) command.addOption(makeOption(declared));
  for (const { name } of options) refuseTwice(command, name);
  return command;
}

/**
 * Reads the words of a command line of Nx that are not Nx's own, for the commands that it selected together: each
 * option must be one of at least one of them. Throws a StackError before anything else is read.
 */
export function parseWords(names: readonly CommandName[], given: readonly string[]): Flags {
  const what = names.join(' and ');
  const options = optionsOf(names);
  const words = options.map(({ name }) => `--${name}`);
  const command = addOptions(new Command(what), options)
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  try {
    command.parse([...given], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw badInput(messageOf(error, command, options), {
      fix: `${what} ${names.length === 1 ? 'takes' : 'take'} ${words.join(', ')}`,
    });
  }
  return command.opts();
}

/** The part of the flags that a command takes. */
export function flagsFor(name: CommandName, flags: Flags): Flags {
  const own = optionsOf([name]).map((option) => attributeOf(option));
  return Object.fromEntries(Object.entries(flags).filter(([key]) => own.includes(key)));
}

/** What commander says of an unknown option, with what was meant, or the commands that take it. */
export function explainUnknown(message: string, options: readonly OptionDeclaration[]): string {
  const [, name] = /unknown option '-+([\w-]+)/.exec(message) ?? [];
  if (name === undefined) return message;
  const plain = message.replace(/\n\(Did you mean .*\)/s, '').trimEnd();
  const own = options.find((option) => option.name === name);
  if (own !== undefined && own.value === undefined)
    return `${plain}\n(--${name} takes no value: it is given, or left out.)`;
  const takers = takersOf(name);
  if (takers.length > 0) return `${plain}\n(It is an option of ${takers.join(', ')}.)`;
  if (['c', 'configuration', 'prod'].includes(name))
    return `${plain}\n(The command calls it --environment.)`;
  const optionNames = options.map((option) => option.name);
  const kebab = name.replace(/(?<![A-Z])[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const [begun, ...more] = optionNames.filter((candidate) =>
    candidate.startsWith(name.toLowerCase()),
  );
  const near = more.length === 0 && begun !== undefined ? begun : nearest(kebab, optionNames);
  return near === undefined ? plain : `${plain}\n(Did you mean --${near}?)`;
}

function makeOption(declared: OptionDeclaration): Option {
  const { name, description, value } = declared;
  if (value === undefined) return new Option(`--${name}`, description);
  const option = new Option(`--${name} <${value.label}>`, description);
  option.argParser(readValue[value.kind]);
  return value.default === undefined ? option : option.default(value.default);
}

function attributeOf(declared: OptionDeclaration): string {
  return makeOption(declared).attributeName();
}

function refuseTwice(command: Command, name: string): void {
  let count = 0;
  command.on(`option:${name}`, () => {
    count += 1;
    if (count > 1) command.error(`error: option '--${name}' is given twice`);
  });
}

function messageOf(
  error: CommanderError,
  command: Command,
  options: readonly OptionDeclaration[],
): string {
  if (error.code === 'commander.excessArguments')
    return `unexpected word ${command.args.map((word) => JSON.stringify(word)).join(', ')}`;
  return explainUnknown(error.message.replace(/^error: /, ''), options).replaceAll('\n', ' ');
}
