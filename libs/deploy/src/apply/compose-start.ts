import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '@ai-stack/core';
import { tellStep, type ApplyDeps } from './context';
import type { PlannedRelease } from '../plan/plan-release';

const composeTimeoutMs = 900_000;
/** What an engine under load says now and then, and the second time does: runc's child died, or a port is not free yet. */
const stumbled =
  /waiting for init preliminary setup|connection reset by peer: unknown|port is already allocated|address already in use/;
const stumbleMs = 1_000;

/** Runs `docker compose up`, and once more when the engine stumbled. Throws a StackError. */
export async function composeStart(
  command: readonly string[],
  planned: PlannedRelease,
  deps: ApplyDeps,
): Promise<void> {
  const options = { before: deps.fence, timeoutMs: composeTimeoutMs, doing: 'docker compose up' };
  const start = () => deps.connection.script('exec "$@"', command, options);
  try {
    await start();
  } catch (error) {
    if (!(error instanceof StackError) || !stumbled.test(error.what)) throw error;
    tellStep(planned, deps, 'up', 'the engine could not start it at once: once more');
    await sleep(stumbleMs);
    await start();
  }
}
