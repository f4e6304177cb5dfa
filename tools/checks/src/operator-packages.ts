import { builtinModules } from 'node:module';

/** Folders of what runs on the operator's machine; the rest of tools is the lab's, the tests' and CI's. */
const folders = ['apps/', 'libs/', 'tools/stack/', 'tools/nx-plugin/'];

/**
 * What runs without an import of ours: `nx` with its compiler, and the loader of `npm run generate`, which an operator runs
 * after adding a service.
 */
export const startedByName = ['nx', '@swc/core', '@swc-node/register', 'typescript'];

/** Whether a tracked file is a source that runs on the operator's machine. */
export function isOperatorSource(file: string): boolean {
  const isSource = /\.(?:ts|cts|mts|js|cjs|mjs)$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
  return isSource && folders.some((folder) => file.startsWith(folder)) && !isTestSupport(file);
}

function isTestSupport(file: string): boolean {
  return file.includes('.spec.') || file.includes('/fixtures/') || file.startsWith('libs/testing/');
}

/** The name of the package that an import means; undefined for a file, an alias of ours or a part of Node. */
export function packageOf(specifier: string): string | undefined {
  if (/^(?:\.|\/|node:|@ai-stack\/)/.test(specifier)) return undefined;
  const words = specifier.split('/');
  const name = words.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  return builtinModules.includes(name) ? undefined : name;
}

/**
 * Where `dependencies` differs from what is imported: what is imported and not listed breaks an installation without
 * `devDependencies`; what is listed and needed by nothing is downloaded for nothing.
 */
export function dependencyErrors(
  imports: ReadonlyMap<string, readonly string[]>,
  dependencies: readonly string[],
): string[] {
  const missing = [...imports].flatMap(([file, specifiers]) =>
    specifiers.flatMap((specifier) => {
      const name = packageOf(specifier);
      return name === undefined || dependencies.includes(name)
        ? []
        : [`${file} imports ${name}, which is not among the dependencies of package.json`];
    }),
  );
  const used = new Set([...imports.values()].flat().map(packageOf));
  const unused = dependencies
    .filter((name) => !used.has(name) && !startedByName.includes(name))
    .map((name) => `${name} is a dependency, and nothing on the operator's machine imports it`);
  return [...missing, ...unused];
}
