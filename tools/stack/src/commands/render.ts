import { join, relative } from 'node:path';
import { writeTree } from '@ai-stack/render';
import type { Call } from '../context/call';
import { announce } from '../context/call';
import { readStack, selectReleases } from '../context/stack';

/** Writes `dist/render/<env>/<service>/<host>/...`; reaches no host. */
export async function runRender(call: Call): Promise<undefined> {
  const paths = await renderServices(call);
  if (call.json) call.terminal.out(JSON.stringify(paths, null, 2));
  else call.terminal.out(`rendered ${paths.length} files under dist/render/${call.environment}`);
}

/** The same without printing the result, for the batch executor of Nx; gives back the paths written. */
export async function renderServices(call: Call): Promise<string[]> {
  const stack = await readStack(call.root, call.environment, call.variables);
  const releases = selectReleases(stack, call);
  announce(call, stack, releases);
  const paths = await writeTree(releases, join(call.root, 'dist/render'));
  return paths.map((path) => relative(call.root, path));
}
