import { parseArgs } from 'node:util';

/**
 * Throws when the command line or STACK_ENV names an environment that is not in the inventory.
 * Nx falls back to the default configuration for an unknown one, and reads `--prod` as `production`.
 */
export function guardEnvironment(
  argv: readonly string[],
  variables: Record<string, string | undefined>,
  known: readonly string[],
): void {
  guardParts(argv);
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

/** Throws for a target of more parts than project, target and environment: Nx drops the rest. */
function guardParts(argv: readonly string[]): void {
  const run = argv.indexOf('run');
  const word = run < 0 ? undefined : argv.slice(run + 1).find((one) => !one.startsWith('-'));
  const [project, target, environment, ...more] = word?.split(':') ?? [];
  if (more.length === 0) return;
  throw new Error(
    `${word} has a word too many, ${more.join(':')}: use ${[project, target, environment].join(':')}`,
  );
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
