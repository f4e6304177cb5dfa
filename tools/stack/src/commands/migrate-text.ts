import { nxRun } from '@ai-stack/core';

/** The JSON of `stack:migrate --json`. */
export interface Migrated {
  version: 1;
  environment: string;
  files: { file: string; changes: string[]; diff: string }[];
  written: boolean;
}

/** The differences, each change in a sentence, and what to do next. Pure. */
export function formatMigrated({ files, environment, written }: Migrated): string {
  const diffs = files.map(({ diff }) => diff);
  const lines = files.flatMap(({ file, changes }) => changes.map((change) => `${file}: ${change}`));
  return [...diffs, ...lines, nextStep(environment, files.length, written)].join('\n');
}

function nextStep(environment: string, count: number, isWritten: boolean): string {
  if (count === 0) return `${environment} has nothing to migrate`;
  return isWritten
    ? `${count} files written; ${nxRun(environment, 'stack:plan')} shows what it does on the hosts`
    : `accept with ${nxRun(environment, 'stack:migrate', '--write')}`;
}
