import { join, relative } from 'node:path';
import { writeTree } from '@ai-stack/render';
import type { Command } from '../frame/command';
import { onStack } from '../frame/on-stack';

/** Writes `dist/render/<env>/<service>/<host>/...`; reaches no host. */
export const render: Command<'render', string[]> = {
  work: onStack({
    run: async ({ call: { root }, releases }) => {
      const paths = await writeTree(releases, join(root, 'dist/render'));
      return paths.map((path) => relative(root, path));
    },
  }),
  text: (paths, { call }) => `rendered ${paths.length} files under dist/render/${call.environment}`,
};
