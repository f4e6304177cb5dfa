import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrateEnvironment } from '@ai-stack/inventory';
import { unifiedDiff } from '@ai-stack/report';
import type { Command } from '../frame/command';
import { formatMigrated, type Migrated } from './migrate-text';

/** Rewrites keys in the files of an environment that were renamed or removed since they were written. Reaches no host. */
export const migrate: Command<'migrate', Migrated> = {
  work: async ({ root, environment }, { write = false }) => {
    const edits = migrateEnvironment(root, environment);
    if (write)
      await Promise.all(edits.map(({ file, after }) => writeFile(join(root, file), after)));
    const files = edits.map(({ file, before, after, changes }) => {
      return { file, changes, diff: unifiedDiff(file, before, after) };
    });
    return { version: 1, environment, files, written: write && files.length > 0 };
  },
  text: formatMigrated,
};
