// What a person can ask for: the commands with their options, help, defaults and kinds of values, declared once. The
// command line, the targets of Nx, the schema of its executor and the checks of both are made from it. Data alone, so
// that Nx's own process reads nothing more.

/** What the value of an option must be; `option-values.ts` checks it. */
export type ValueKind =
  | 'names'
  | 'levels'
  | 'guards'
  | 'environment'
  | 'number'
  | 'seconds'
  | 'text';

export interface OptionDeclaration {
  /** As it is typed, without the dashes. */
  name: string;
  description: string;
  /** Without one it is a switch. */
  value?: { kind: ValueKind; label: string; default?: number };
}

export interface CommandDeclaration {
  name: string;
  description: string;
  options: readonly OptionDeclaration[];
  /** Options of every command that this one would ignore, and so does not take. */
  without?: readonly ('hosts' | 'json')[];
  /** It is about a whole environment: it takes no names of services. */
  isWhole?: true;
  /** The projects of Nx that have it as a target: each service, and `stack` for all at once. */
  targets: readonly ('service' | 'stack')[];
}

/** Options of every command. */
export const sharedOptions = [
  {
    name: 'environment',
    description: 'the environment (default: STACK_ENV, else lab)',
    value: { kind: 'environment', label: 'name' },
  },
  {
    name: 'hosts',
    description: 'only these hosts, separated by commas',
    value: { kind: 'names', label: 'names' },
  },
  { name: 'json', description: 'print JSON instead of text' },
  {
    name: 'verbose',
    description: 'show each command that runs on a host, and the causes of errors',
  },
] as const satisfies readonly OptionDeclaration[];

const showKept = {
  name: 'show-kept',
  description: 'show what stays as it is, too',
} as const satisfies OptionDeclaration;

const allow = {
  name: 'allow',
  description: 'guards to override, separated by commas',
  value: { kind: 'guards', label: 'guards' },
} as const satisfies OptionDeclaration;

const lockTimeout = {
  name: 'lock-timeout',
  description: 'how long to wait for another operator who works on the same services',
  value: { kind: 'seconds', label: 'seconds', default: 60 },
} as const satisfies OptionDeclaration;

const everywhere = ['service', 'stack'] as const;

/** All commands, in the order of the help. */
export const commands = [
  {
    name: 'render',
    description: 'write the files of each host under dist/render; reaches no host',
    options: [],
    targets: everywhere,
  },
  {
    name: 'plan',
    description: 'show what deploy would change, and why; changes nothing',
    options: [
      {
        name: 'expect-no-changes',
        description: 'exit with 3 when something would change (drift)',
      },
      { name: 'diff', description: 'show the changes of files line by line, secrets masked' },
      showKept,
    ],
    targets: everywhere,
  },
  {
    name: 'deploy',
    description: 'plan, then change what has to change, and wait until it is healthy',
    options: [
      { name: 'dry-run', description: 'stop after the plan' },
      {
        name: 'replace',
        description: 'replace the containers of the one named service, even if nothing changed',
      },
      allow,
      showKept,
      lockTimeout,
    ],
    targets: everywhere,
  },
  {
    name: 'verify',
    description: 'ask the running services, from the hosts and from this machine',
    options: [
      {
        name: 'level',
        description: 'only these levels: container, api, inference, client',
        value: { kind: 'levels', label: 'levels' },
      },
      {
        name: 'timeout',
        description: 'how long to wait for a service that is still loading',
        value: { kind: 'seconds', label: 'seconds', default: 60 },
      },
    ],
    targets: everywhere,
  },
  {
    name: 'check-images',
    description:
      'compare the images with what the definitions assume of them, as their registries describe them; pulls nothing',
    options: [],
    targets: everywhere,
  },
  {
    name: 'status',
    description: 'show what runs where, since when, and who deployed it',
    options: [],
    targets: everywhere,
  },
  {
    name: 'base',
    description:
      'print the commit from which nx affected -t deploy selects all that the hosts lack',
    options: [],
    without: ['hosts'],
    isWhole: true,
    targets: ['stack'],
  },
  {
    name: 'logs',
    description: 'print the last lines of the containers',
    options: [
      { name: 'follow', description: 'follow the output until interrupted' },
      {
        name: 'lines',
        description: 'lines of each container',
        value: { kind: 'number', label: 'count', default: 100 },
      },
    ],
    targets: everywhere,
  },
  {
    name: 'destroy',
    description: 'stop and remove containers; data stays unless --data',
    options: [
      {
        name: 'dry-run',
        description: 'show what would be removed and what needs it; change nothing',
      },
      { name: 'data', description: 'remove the data, too; --confirm must name the service' },
      {
        name: 'confirm',
        description: 'the name of the service whose data is to be removed',
        value: { kind: 'text', label: 'service' },
      },
      lockTimeout,
    ],
    targets: ['service'],
  },
  {
    name: 'releases',
    description: 'list the releases that the hosts keep',
    options: [],
    targets: everywhere,
  },
  {
    name: 'rollback',
    description: 'roll back to an earlier release, and verify it',
    options: [
      {
        name: 'to',
        description: 'an id that releases shows (default: the one before)',
        value: { kind: 'text', label: 'release' },
      },
      allow,
      lockTimeout,
    ],
    targets: ['service'],
  },
  {
    name: 'hold',
    description: 'refuse every change of the hosts until unhold',
    options: [
      {
        name: 'why',
        description: 'the reason, shown to the operators whom it stops',
        value: { kind: 'text', label: 'text' },
      },
    ],
    without: ['json'],
    targets: ['stack'],
  },
  {
    name: 'unhold',
    description: 'allow changes again',
    options: [],
    without: ['json'],
    targets: ['stack'],
  },
  {
    name: 'discover',
    description:
      'read the live hosts to fill the TODO keys of an environment, and ask for the rest',
    options: [
      {
        name: 'write',
        description:
          'edit the files instead of printing the difference; on a terminal, ask for what the hosts do not show',
      },
    ],
    isWhole: true,
    targets: ['stack'],
  },
  {
    name: 'migrate',
    description: 'rewrite the keys of an environment that were renamed or removed; reaches no host',
    options: [{ name: 'write', description: 'edit the files instead of printing the difference' }],
    without: ['hosts'],
    isWhole: true,
    targets: ['stack'],
  },
] as const satisfies readonly CommandDeclaration[];

export type CommandName = (typeof commands)[number]['name'];

/** What Nx runs for several services as one whole, in this order. */
export const verbs = ['render', 'deploy', 'verify'] as const satisfies readonly CommandName[];
export type Verb = (typeof verbs)[number];

/**
 * What changes a host step by step: it continues when nobody reads its output any more, because a half-made change is
 * worse than an unwatched one. All other commands end, and so do their connections.
 */
export const changing = ['deploy', 'destroy', 'rollback'] as const satisfies readonly CommandName[];

/** The declaration of a command. */
export function commandOf(name: CommandName): CommandDeclaration {
  const all: readonly CommandDeclaration[] = commands;
  const declaration = all.find((command) => command.name === name);
  if (declaration === undefined) throw new Error(`no command ${name} is declared`);
  return declaration;
}

/** The options that at least one of these commands takes, each once, those of every command last. */
export function optionsOf(names: readonly CommandName[]): OptionDeclaration[] {
  const all: readonly OptionDeclaration[] = [
    ...names.flatMap((name) => commandOf(name).options),
    ...sharedOptions.filter((option) => names.some((name) => takesShared(name, option.name))),
  ];
  return [...new Map(all.map((option) => [option.name, option])).values()];
}

function takesShared(name: CommandName, option: string): boolean {
  return commandOf(name).without?.some((candidate) => candidate === option) !== true;
}

/** The commands that take an option; empty when none does. */
export function takersOf(option: string): CommandName[] {
  return commands
    .map(({ name }) => name)
    .filter((name) => optionsOf([name]).some((declared) => declared.name === option));
}
