import type { ProjectGraph } from '@nx/devkit';
import { nearest } from '../../../libs/inventory/src/nearest';

/** What Nx matches as a pattern, by a tag or by a directory: only Nx can say whether that is meant. */
const isPattern = (name: string) => /[*?{}[\]():!/]/.test(name);

/**
 * Throws for a target that no project has and a project that is not there: Nx runs the rest, or nothing at all, and ends
 * with 0. Pure.
 */
export function refuseUnknownNames(
  { targets, projects }: { targets: readonly string[]; projects: readonly string[] },
  { nodes }: Pick<ProjectGraph, 'nodes'>,
): void {
  const all = Object.values(nodes);
  const names = all.map(({ name }) => name);
  const targetNames = new Set(all.flatMap(({ data }) => Object.keys(data.targets ?? {})));
  const wrong = [
    ...targets
      .filter((target) => !isPattern(target) && !targetNames.has(target))
      .map((target) => explain('target', target, [...targetNames])),
    ...projects
      .filter((project) => !isPattern(project) && !names.some((name) => matches(name, project)))
      .map((project) => explain('project', project, names)),
  ];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/** As Nx does: the name, or a whole word of it. */
function matches(name: string, pattern: string): boolean {
  const word = pattern.replace(/[.+^$|\\]/g, '\\$&');
  return new RegExp(`(?<![@a-zA-Z0-9-])${word}(?![@a-zA-Z0-9-])`, 'i').test(name);
}

function explain(kind: string, name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  const hint =
    near === undefined ? `use of ${[...names].sort().join(', ')}` : `did you mean ${near}?`;
  return `There is no ${kind} ${name}: ${hint}`;
}
