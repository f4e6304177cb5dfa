import { parseModule, resolveRelative, type Module, type Taken } from './modules';

/** One import from one room of a library into another: a room is a directory, or a file, at the top of its sources. */
export interface Arrow {
  file: string;
  from: string;
  to: string;
}

/** The room of a file below `root`: `plan` for `<root>/plan/guards/gpu.ts`, `deploy` for `<root>/deploy.ts`. */
export function roomOf(file: string, root: string): string {
  const [first = ''] = file.slice(root.length + 1).split('/');
  return first.replace(/\.ts$/, '');
}

/** The imports between the rooms below `root`. Specs may import what they need. */
export function arrowsBetween(root: string, sources: ReadonlyMap<string, string>): Arrow[] {
  return [...sources].flatMap(([file, source]) => {
    if (!file.startsWith(`${root}/`) || file.endsWith('.spec.ts')) return [];
    const { imports, passes } = parseModule(source);
    return [...imports, ...passes].flatMap(({ specifier }) => {
      if (!specifier.startsWith('.')) return [];
      const target = resolveRelative(file, specifier, sources);
      if (target?.startsWith(`${root}/`) !== true) return [];
      const [from, to] = [roomOf(file, root), roomOf(target, root)];
      return from === to ? [] : [{ file, from, to }];
    });
  });
}

/** What does not follow the written order, the lowest room first: a room imports from those before it alone. */
export function orderErrors(arrows: readonly Arrow[], order: readonly string[]): string[] {
  const rooms = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))].sort();
  return [
    ...rooms
      .filter((room) => !order.includes(room))
      .map((room) => `${room} has no place in the order`),
    ...arrows
      .filter(({ from, to }) => order.indexOf(to) > order.indexOf(from))
      .map(({ file, from, to }) => `${file} imports from ${to}, which comes after ${from}`),
  ];
}

/** The rooms that import from each other in a cycle, each cycle once, as `a -> b -> a`. */
export function cyclesBetween(arrows: readonly Arrow[]): string[] {
  const cycles = new Map<string, string>();
  const walk = (path: readonly string[]): void => {
    const next = arrows.filter(({ from }) => from === path.at(-1)).map(({ to }) => to);
    for (const room of new Set(next)) {
      const at = path.indexOf(room);
      if (at < 0) walk([...path, room]);
      else {
        const circle = path.slice(at);
        const key = [...circle].sort().join(' ');
        if (!cycles.has(key)) cycles.set(key, [...circle, room].join(' -> '));
      }
    }
  };
  for (const room of new Set(arrows.map(({ from }) => from))) walk([room]);
  return [...cycles.values()];
}

/**
 * What a library exports and nobody imports: of its index what no file outside of it takes, and of any other file what
 * no other file takes. What tests take is not used by that: a function that only a spec imports is dead, or belongs
 * into a file of its own. `libs/testing` is there for tests, and there their imports count.
 */
export function unusedExports(sources: ReadonlyMap<string, string>): string[] {
  const modules = new Map([...sources].map(([file, source]) => [file, parseModule(source)]));
  const byProgram = usedNames(modules, (file) => !isTest(file));
  const byAll = usedNames(modules, () => true);
  const checked = [...modules.keys()].filter(
    (file) => isOfLibrary(file) && !contracts.includes(file),
  );
  return checked.flatMap((file) => {
    const taken = (isTest(file) ? byAll : byProgram).get(file) ?? new Set<string>();
    return exportedNames(file, modules)
      .filter((name) => !taken.has(name) && !taken.has('*'))
      .map(
        (name) =>
          `${file} exports ${name}, which ${byAll.get(file)?.has(name) === true ? 'only tests import' : 'nobody imports'}`,
      );
  });
}

/** What definitions import, also those of services that are not in this repository: a contract, used or not. */
const contracts = ['libs/core/src/index.ts', 'libs/render/src/index.ts'];

/** A source of a library that is not a spec. */
function isOfLibrary(file: string): boolean {
  return file.startsWith('libs/') && !/\.spec\.ts$|\/fixtures\//.test(file);
}

/** A spec, or what specs share. */
function isTest(file: string): boolean {
  return /\.spec\.ts$|\/fixtures\/|^libs\/testing\//.test(file);
}

function exportedNames(file: string, modules: ReadonlyMap<string, Module>): string[] {
  const { exports, passes } = modules.get(file) ?? { exports: [], passes: [] };
  const passed = passes
    .filter(({ names }) => names.includes('*'))
    .flatMap(({ specifier }) => {
      const target = targetOf(file, specifier, modules);
      return target === undefined ? [] : exportedNames(target, modules);
    });
  return [...exports.filter((name) => name !== '*'), ...passed];
}

/** The names that other files take from each file, those that count alone. A test that takes all (`*`) uses no name. */
function usedNames(
  modules: ReadonlyMap<string, Module>,
  counts: (file: string) => boolean,
): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  const take = (from: string, { specifier, names }: Taken): void => {
    const target = targetOf(from, specifier, modules);
    if (target === undefined) return;
    const exported = used.get(target) ?? new Set<string>();
    names.filter((name) => name !== '*' || !isTest(from)).forEach((name) => exported.add(name));
    used.set(target, exported);
  };
  for (const [file, { imports, passes }] of modules) {
    if (counts(file)) [...imports, ...passes].forEach((taken) => take(file, taken));
  }
  return used;
}

function targetOf(
  from: string,
  specifier: string,
  files: Pick<ReadonlyMap<string, unknown>, 'has'>,
): string | undefined {
  if (specifier.startsWith('.')) return resolveRelative(from, specifier, files);
  const [, library, path] = /^@ai-stack\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  if (library === undefined) return undefined;
  return `libs/${library}/src/${path ?? 'index'}.ts`;
}
