import { posix } from 'node:path';
import { preProcessFile } from 'typescript';

/** What each library may import, the lowest first. */
const allowed: Record<string, readonly string[]> = {
  core: [],
  inventory: ['core'],
  render: ['core'],
  secrets: ['core'],
  ssh: ['core'],
  docker: ['core', 'ssh'],
  deploy: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker'],
  verify: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker'],
  report: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker', 'deploy', 'verify'],
  // For specs alone: no library that is shipped may import it.
  testing: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker', 'deploy', 'verify'],
};

// Of node:net only what reads an address: nothing there opens a socket.
const packagesOfCore = ['zod', 'node:util', 'node:net'];

/** What the hooks of a service speak to its program with, over what their context gives them. */
const packagesOfHooks = ['node:http', 'node:readline'];

export interface Violation {
  file: string;
  specifier: string;
  rule: string;
  /** What to write instead. */
  instead: string;
}

type Broken = Pick<Violation, 'rule' | 'instead'>;

/** One line for one violation: file, import, rule, and what to do. */
export function formatViolation({ file, specifier, rule, instead }: Violation): string {
  return `${file} imports '${specifier}': ${rule}. Instead: ${instead}.`;
}

/** The imports of a source file, as written. */
export function parseImports(source: string): string[] {
  return preProcessFile(source, true, true).importedFiles.map((imported) => imported.fileName);
}

/**
 * Judges the imports of one file (path from the workspace root) by the design's rules: apps import core and render,
 * libraries import downward, nothing imports apps or tools but tools. Specs may import what they need.
 */
export function checkImports(file: string, specifiers: readonly string[]): Violation[] {
  if (file.endsWith('.spec.ts')) return [];
  return specifiers.flatMap((specifier) => {
    const broken = brokenRule(file, specifier);
    return broken === undefined ? [] : [{ file, specifier, ...broken }];
  });
}

function brokenRule(file: string, specifier: string): Broken | undefined {
  const from = unitOf(file);
  const to = unitOf(resolveSpecifier(file, specifier));
  if (from.kind === 'tools') return undefined;
  if (to.kind === 'package')
    return brokenPackageRule(from, specifier) ?? brokenHookRule(from, file, specifier);
  if (to.kind === from.kind && to.name === from.name) return undefined;
  if (to.kind === 'tools') {
    return {
      rule: `${from.kind} never import tools`,
      instead: 'move what is shared into a library',
    };
  }
  if (to.kind === 'apps') return brokenAppRule(from, to);
  if (specifier.startsWith('.')) {
    return {
      rule: 'a library is imported by its alias',
      instead: `use the alias @ai-stack/${to.name}`,
    };
  }
  return brokenLayerRule(from, to);
}

function brokenAppRule(from: Unit, to: Unit): Broken {
  if (from.kind === 'libs') {
    return { rule: 'libraries never import apps', instead: 'take what you need as a parameter' };
  }
  return {
    rule: 'apps never import apps',
    instead:
      `to reach ${to.name}, list it under needs in apps/${from.name}/service.yaml and use the binding that render ` +
      'hands to the definition; code that both need goes into libs/render, once',
  };
}

function brokenLayerRule(from: Unit, to: Unit): Broken | undefined {
  if (from.kind === 'apps') {
    return ['core', 'render'].includes(to.name)
      ? undefined
      : {
          rule: 'apps import only core and render',
          instead: `a definition is data and pure functions; what ${to.name} does happens after it was rendered`,
        };
  }
  const below = allowed[from.name] ?? [];
  if (below.includes(to.name)) return undefined;
  return {
    rule: `${from.name} may import ${below.join(', ') || 'no library'}`,
    instead: `move the shared part down, or take it as a parameter from the caller, which knows ${to.name}`,
  };
}

function brokenPackageRule(from: Unit, specifier: string): Broken | undefined {
  if (from.kind !== 'libs' || from.name !== 'core') return undefined;
  return packagesOfCore.includes(specifier)
    ? undefined
    : {
        rule: 'core imports only zod: it is vocabulary',
        instead: `put what needs ${specifier} into the library that does the work`,
      };
}

/** A definition is pure; a hook reaches hosts and programs only by what its context gives it. */
function brokenHookRule(from: Unit, file: string, specifier: string): Broken | undefined {
  if (from.kind !== 'apps' || specifier === 'zod') return undefined;
  const isHook = file.startsWith(`apps/${from.name}/hooks/`);
  if (isHook && packagesOfHooks.includes(specifier)) return undefined;
  return isHook
    ? {
        rule: `a hook imports only zod and ${packagesOfHooks.join(', ')}`,
        instead: 'add what it needs to its context in libs/core/src/hooks.ts',
      }
    : {
        rule: 'a definition is pure and imports only zod',
        instead: `what speaks to a running program is a hook, in apps/${from.name}/hooks/`,
      };
}

interface Unit {
  kind: 'apps' | 'libs' | 'tools' | 'package';
  name: string;
}

function resolveSpecifier(file: string, specifier: string): string {
  if (specifier.startsWith('@ai-stack/')) return `libs/${specifier.slice('@ai-stack/'.length)}/`;
  return specifier.startsWith('.')
    ? posix.join(posix.dirname(file), specifier)
    : `node_modules/${specifier}`;
}

function unitOf(path: string): Unit {
  const [kind, name = ''] = path.split('/');
  return kind === 'apps' || kind === 'libs' || kind === 'tools'
    ? { kind, name }
    : { kind: 'package', name };
}
