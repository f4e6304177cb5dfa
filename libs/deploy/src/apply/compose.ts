import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '@ai-stack/core';
import type { ComposeProject } from '@ai-stack/docker';
import { ofKind } from '../plan/change';
import type { PlannedRelease } from '../plan/plan-release';
import type { Report, Work } from './context';

const composeTimeoutMs = 900_000;
/** Errors of an engine under load that do not come a second time: the child of runc died, or a port is not free yet. */
const stumbled =
  /waiting for init preliminary setup|connection reset by peer: unknown|port is already allocated|address already in use/;
const stumbleMs = 1_000;

/** Runs `docker compose up`, and once more when the engine stumbled. Throws a StackError. */
export async function composeStart(
  command: readonly string[],
  { deps }: Pick<Work, 'deps'>,
  report: Report,
): Promise<void> {
  const options = { before: deps.fence, timeoutMs: composeTimeoutMs, doing: 'docker compose up' };
  const start = () => deps.connection.script('exec "$@"', command, options);
  try {
    await start();
  } catch (error) {
    if (!(error instanceof StackError) || !stumbled.test(error.what)) throw error;
    report('the engine could not start it: trying once more', 'up');
    await sleep(stumbleMs);
    await start();
  }
}

/** Where Compose finds a release; with `staging`, the files that wait there. A service without secrets has no `.env`. */
export function composeProject(
  { release, changes }: Pick<PlannedRelease, 'release' | 'changes'>,
  staging?: string,
): ComposeProject {
  const directory = staging ?? release.stackDirectory;
  return {
    project: release.project,
    directory: release.stackDirectory,
    file: `${directory}/compose.yaml`,
    keys: release.environmentKeys,
    envFile: ofKind(changes, 'env').length > 0 ? `${directory}/.env` : '/dev/null',
  };
}
