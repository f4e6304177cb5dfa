import { parseArgs } from 'node:util';
import { commands } from '../../stack/src/declaration';

/**
 * Throws when the command line or STACK_ENV names an environment that is not in the inventory.
 * Nx falls back to the default configuration for an unknown one, and reads `--prod` as `production`.
 */
export function guardEnvironment(
  argv: readonly string[],
  variables: Record<string, string | undefined>,
  known: readonly string[],
): void {
  const named = [...environmentsIn(argv), variables['STACK_ENV']].filter(
    (name) => name !== undefined,
  );
  const unknown = named.find((name) => name !== '' && !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `There is no environment ${unknown}: use ${known.join(' or ')}, such as --configuration=${known[0]}.`,
    );
  }
  const [first, ...others] = [...new Set(environmentsIn(argv))];
  if (others.length > 0) {
    throw new Error(
      `The command line names more than one environment: ${first}, ${others.join(', ')}. Name one.`,
    );
  }
}

/** What `nx:run-commands` takes for itself and drops; none of our commands has an option of these names. */
const swallowed = [
  ...['args', 'color', 'command', 'commands', 'cwd', 'env', 'env-file', 'forward-all-args'],
  ...['ready-when', 'stream-output', 'tty', 'use-pty'],
];

/** Throws when a command line that runs one of our targets has words that Nx would drop without saying so. */
export function guardWords(argv: readonly string[]): void {
  if (!runsOurs(argv)) return;
  const dropped = argv.find((word) => {
    const name = /^--(?:no-)?([A-Za-z-]+)/.exec(word)?.[1] ?? '';
    return swallowed.includes(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  });
  if (dropped === undefined) return;
  const meant = /^--env\b(?!-)/.test(dropped) ? ' Did you mean --configuration?' : '';
  throw new Error(`No command takes ${dropped}.${meant}`);
}

/** Whether a target of ours is named, in any of the ways that Nx takes. */
function runsOurs(argv: readonly string[]): boolean {
  const names = argv
    .filter((word) => !word.startsWith('-'))
    .flatMap((word) => (word.includes(':') ? [word.split(':')[1] ?? ''] : word.split(',')))
    .concat(argv.flatMap((word) => /^(?:-t|--targets?)=(.*)/.exec(word)?.[1]?.split(',') ?? []));
  return names.some((name) => commands.some((command) => command.name === name));
}

/** The environments that a command line of Nx names, in each of the ways that Nx takes. */
export function environmentsIn(argv: readonly string[]): string[] {
  const { values, tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: {
      configuration: { type: 'string', short: 'c' },
      environment: { type: 'string' },
      prod: { type: 'boolean' },
    },
  });
  const targets = tokens
    .filter((token) => token.kind === 'positional')
    .map((token) => token.value.split(':'))
    .filter((parts) => parts.length === 3)
    .map((parts) => parts[2] as string);
  const flag = [values.configuration, values.environment].filter(
    (value) => typeof value === 'string',
  );
  return [...flag, ...(values.prod === true ? ['production (--prod)'] : []), ...targets];
}
