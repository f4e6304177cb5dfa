import { StackError, type Release } from '@ai-stack/core';
import { composePath } from '../state-files';

/** The paths that a host is asked for: `c` before those whose content matters, `s` before those that only may be there. */
export function wantedLines(releases: readonly Release[], withTexts = false): string {
  const lines = releases.flatMap((release) => [
    ...release.files.map(
      ({ path, serialPlaceholder }) =>
        `${withTexts || serialPlaceholder !== undefined ? 'c' : 'h'}${checked(path)}`,
    ),
    ...release.directories.map((directory) => `h${checked(directory.path)}`),
    ...(release.hostPaths ?? []).map((path) => `s${checked(path)}`),
    ...warningLines(release),
  ]);
  return [...new Set(lines)].map((line) => `${line}\n`).join('');
}

/** A database may be large: whether it is there does not need its hash. */
function warningLines(release: Release): string[] {
  const warnings = release.warnings ?? [];
  const readsCompose = warnings.some(
    ({ ifDeployed, unlessDeployed }) => (ifDeployed ?? unlessDeployed) !== undefined,
  );
  return [
    ...warnings.flatMap(({ ifFile }) => (ifFile === undefined ? [] : [`s${checked(ifFile)}`])),
    ...(readsCompose ? [`c${checked(composePath(release))}`] : []),
  ];
}

function checked(path: string): string {
  if (path.startsWith('/') && !/[\n\r\0\\]/.test(path)) return path;
  throw new StackError(`${JSON.stringify(path)} is not a plain absolute path`);
}
