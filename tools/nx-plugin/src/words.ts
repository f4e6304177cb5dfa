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

/** A command line of Nx, as far as it speaks of our commands. */
export interface NxLine {
  /** The commands that it runs. */
  names: CommandName[];
  /** What is not Nx's own. */
  words: string[];
}

/**
 * Reads a command line of Nx that runs tasks; undefined when it runs none of our commands alone. Of `run-many` and
 * `affected` the words without a dash are left out: they may be names of targets or projects. Pure.
 */
export function readNxLine(argv: readonly string[]): NxLine | undefined {
  const [first = '', ...others] = argv;
  const isMany = ['run-many', 'affected'].includes(first);
  const targets: string[] = isMany ? [] : first === 'run' ? [] : [first];
  const isOwn = (name: string, kind: keyof typeof nxFlags) => nxFlags[kind].includes(name);
  const options = optionsOf(commands.map(({ name }) => name));
  const words: string[] = [];
  let last: 'targets' | 'other' | undefined;
  // Of `nx run a:b` one word is Nx's, of `nx b a` one apart from the first.
  let isPlaceOpen = !isMany;
  for (let at = 0; at < others.length; at += 1) {
    const word = others[at] ?? '';
    const [, dashes = '', flag = '', value] = /^(-{0,2})([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const name = kebab(flag);
    if (dashes === '') {
      if (last === 'targets') targets.push(...word.split(','));
      else if (last === undefined && isPlaceOpen) {
        isPlaceOpen = false;
        if (first === 'run') targets.push(word.split(':')[1] ?? '');
      } else if (last === undefined && !isMany) words.push(word);
      // One value for what takes one; Nx reads lists of targets and projects to the next flag.
      if (!isMany) last = undefined;
      continue;
    }
    last = undefined;
    if (isOwn(name, 'switches') || isOwn(name.replace(/^no-/, ''), 'switches')) continue;
    if (isOwn(name, 'values')) {
      const isTargets = ['t', 'target', 'targets'].includes(name);
      if (value === undefined) last = isTargets ? 'targets' : 'other';
      else if (isTargets) targets.push(...value.split(','));
      continue;
    }
    words.push(word);
    if (value === undefined && takesValue(flag, options) && at + 1 < others.length) {
      at += 1;
      words.push(others[at] ?? '');
    }
  }
  const names = targets.flatMap(
    (target) => commands.find((command) => command.name === target)?.name ?? [],
  );
  return names.length === 0 || names.length < targets.length ? undefined : { names, words };
}

function takesValue(name: string, options: readonly OptionDeclaration[]): boolean {
  return options.some((option) => option.name === name && option.value !== undefined);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
