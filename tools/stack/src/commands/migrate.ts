import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nxRun } from '@ai-stack/core';
import { migrateEnvironment } from '@ai-stack/inventory';
import { unifiedDiff } from '@ai-stack/report';
import type { Call } from '../context/call';

interface Flags {
  write?: boolean;
}

/** Rewrites keys in the files of an environment that were renamed or removed since they were written. Reaches no host. */
export async function runMigrate(call: Call, { write = false }: Flags): Promise<undefined> {
  const { root, environment, terminal } = call;
  const files = migrateEnvironment(root, environment);
  if (write) await Promise.all(files.map(({ file, after }) => writeFile(join(root, file), after)));
  const written = write && files.length > 0;
  const shown = files.map(({ file, before, after, changes }) => ({
    file,
    changes,
    diff: unifiedDiff(file, before, after),
  }));
  if (call.json) {
    terminal.out(JSON.stringify({ version: 1, environment, files: shown, written }, null, 2));
    return;
  }
  const lines = shown.flatMap(({ file, changes }) => changes.map((change) => `${file}: ${change}`));
  const end =
    files.length === 0
      ? `${environment} has nothing to migrate`
      : written
        ? `${files.length} files written; ${nxRun(environment, 'stack:plan')} shows what it does on the hosts`
        : `accept with ${nxRun(environment, 'stack:migrate', '--write')}`;
  terminal.out([...shown.map(({ diff }) => diff), ...lines, end].join('\n'));
}
