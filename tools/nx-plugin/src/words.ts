import {
  commands,
  optionsOf,
  type CommandName,
  type OptionDeclaration,
} from '../../stack/src/options/declaration';

/** Nx's own flags for running tasks, in kebab case; `words.spec.ts` compares them with what Nx says of itself. */
export const nxFlags = {
  values: [
    ...['base', 'configuration', 'exclude', 'explain', 'files', 'graph', 'head', 'max-parallel'],
    ...['output-style', 'parallel', 'projects', 'runner', 'target', 'targets', 'tui-auto-exit'],
    ...['c', 'p', 't', 'project'],
  ],
  switches: [
    ...['agents', 'all', 'batch', 'cloud', 'dte', 'exclude-task-dependencies', 'help', 'nx-bail'],
    ...['nx-ignore-cycles', 'prod', 'skip-nx-cache', 'disable-nx-cache', 'skip-remote-cache'],
    ...['disable-remote-cache', 'skip-sync', 'stdin', 'tui', 'uncommitted', 'untracked'],
    ...['use-agents', 'verbose', 'version'],
  ],
};

/** The flags of Nx whose values go on to the next flag. */
const nxLists = {
  targets: ['t', 'target', 'targets'],
  projects: ['p', 'projects'],
  others: ['exclude', 'files'],
};

/** A command line of Nx, as far as it speaks of our commands. */
export interface NxLine {
  /** The commands that it runs. */
  names: CommandName[];
  /** What is not Nx's own. */
  words: string[];
}

/** Reads a command line of Nx that runs tasks; undefined when it runs none of our commands alone. Pure. */
export function readNxLine(argv: readonly string[]): NxLine | undefined {
  const { targets, words } = readTasks(argv);
  const names = targets.flatMap(
    (target) => commands.find((command) => command.name === target)?.name ?? [],
  );
  return names.length === 0 || names.length < targets.length ? undefined : { names, words };
}

/** The targets and patterns of projects that `nx run-many` or `nx affected` names; of other lines of Nx none. Pure. */
export function readNxNames(argv: readonly string[]): { targets: string[]; projects: string[] } {
  if (!isManyRun(argv)) return { targets: [], projects: [] };
  const { targets, projects } = readTasks(argv);
  return { targets, projects };
}

function isManyRun([first = '']: readonly string[]): boolean {
  return ['run-many', 'affected'].includes(first);
}

function readTasks(argv: readonly string[]): Record<'targets' | 'projects' | 'words', string[]> {
  const [first = '', ...others] = argv;
  const isMany = isManyRun(argv);
  const targets: string[] = isMany ? [] : first === 'run' ? [] : [first];
  const isOwn = (name: string, kind: keyof typeof nxFlags) => nxFlags[kind].includes(name);
  const options = optionsOf(commands.map(({ name }) => name));
  const projects: string[] = [];
  const words: string[] = [];
  const lists = { targets, projects, others: [] as string[] };
  const listOf = (name: string) =>
    (['targets', 'projects', 'others'] as const).find((list) => nxLists[list].includes(name));
  let last: keyof typeof lists | 'one' | 'switch' | undefined;
  // Of `nx run a:b` one word is Nx's, of `nx b a` one besides the first.
  let isPlaceOpen = !isMany;
  for (let at = 0; at < others.length; at += 1) {
    const word = others[at] ?? '';
    const [, dashes = '', flag = '', value] = /^(-{0,2})([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const name = kebab(flag);
    if (dashes === '') {
      if (last === 'switch' && /^(?:true|false)$/.test(word)) last = undefined;
      else if (last === 'one') last = undefined;
      else if (last !== undefined && last !== 'switch') {
        lists[last].push(...word.split(',').filter((name) => name !== ''));
        if (!isMany) last = undefined;
      } else if (isPlaceOpen) {
        isPlaceOpen = false;
        if (first === 'run') targets.push(word.split(':')[1] ?? '');
      } else words.push(word);
      continue;
    }
    last = undefined;
    if (isOwn(name, 'switches') || isOwn(name.replace(/^no-/, ''), 'switches')) {
      if (value === undefined) last = 'switch';
      continue;
    }
    if (isOwn(name, 'values')) {
      const list = listOf(name);
      if (value === undefined) last = list ?? 'one';
      else if (list !== undefined) lists[list].push(...value.split(','));
      continue;
    }
    words.push(word);
    if (value === undefined && takesValue(flag, options) && at + 1 < others.length) {
      at += 1;
      words.push(others[at] ?? '');
    }
  }
  return { targets, projects, words };
}

function takesValue(name: string, options: readonly OptionDeclaration[]): boolean {
  return options.some((option) => option.name === name && option.value !== undefined);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
