import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseContainer } from '@ai-stack/core';
import {
  composeScale,
  lookUntil,
  readinessOf,
  waitHealthy,
  type ContainerFact,
} from '@ai-stack/docker';
import { tellStep, type ApplyDeps } from './context';
import { composePlace } from './compose-place';
import { composeStart } from './compose-start';
import type { PlannedRelease } from '../plan/plan-release';

/** \`$1\` a container, then a command to run in it. */
const drainScript = `exec docker exec -- "$@"`;

/** Containers to stop, with the time that each was given when it was made, and to remove. */
const retireScript = `set -eu
docker stop -- "$@" >/dev/null
docker rm -- "$@" >/dev/null`;

/** Containers to be gone, at once. */
const removeScript = `[ $# = 0 ] || docker rm --force -- "$@" >/dev/null`;

const minuteMs = 60_000;
/** A container may take as long to end as its longest request. */
const retireMs = 60 * minuteMs;
/**
 * How long Traefik may take to act on what the engine said: `providers.providersThrottleDuration` is 2 s unless it was
 * set otherwise, and the event itself may come a moment late.
 */
const proxyMs = 5_000;
const pollMs = 500;

/**
 * Replaces the containers that can have their successor beside them: it starts, becomes healthy and so gets requests;
 * the old one's health check is made to fail, so that Traefik sends nothing more to it; what it still answers ends; it
 * goes. Throws a StackError, and then the old one is as it was.
 */
export async function startBeside(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  const wanted = planned.release.containers.filter(
    ({ name }) => planned.verdicts.get(name)?.isStartFirst === true,
  );
  if (wanted.length === 0) return;
  const leaving = await containersOf(wanted, planned, deps);
  tellStep(planned, deps, 'start-first', `starting ${listNames(wanted)} beside what runs`);
  try {
    await startSuccessors(wanted, leaving, planned, deps);
  } catch (error) {
    await removeSuccessors(wanted, leaving, planned, deps);
    throw error;
  }
  await drain(wanted, leaving, planned, deps);
  tellStep(
    planned,
    deps,
    'start-first',
    'waiting until the old one has answered what it was asked',
  );
  await deps.connection.script(
    retireScript,
    leaving.map(({ id }) => id),
    { before: deps.fence, timeoutMs: retireMs, doing: 'stopping the old container' },
  );
}

async function startSuccessors(
  wanted: readonly ReleaseContainer[],
  leaving: readonly ContainerFact[],
  planned: PlannedRelease,
  deps: ApplyDeps,
): Promise<void> {
  const { release, env } = planned;
  const counts = wanted.map(({ name }): [string, number] => [
    name,
    leaving.filter(({ service }) => service === name).length + 1,
  ]);
  const place = composePlace(release, env.text !== undefined);
  await composeStart(composeScale(place, Object.fromEntries(counts)), planned, deps);
  const seconds = Math.max(...wanted.map((one) => one.healthDeadlineSeconds));
  await waitHealthy(deps.engine, release.project, wanted, {
    deadline: Date.now() + seconds * 1000,
    signal: deps.signal ?? new AbortController().signal,
    leaving: new Set(leaving.map(({ id }) => id)),
    onProgress: (progress) => {
      const states = progress.map(({ container, detail }) => `${container} ${detail}`);
      tellStep(planned, deps, 'wait-healthy', `waiting: ${states.join(', ')}`);
    },
  });
}

/** Makes the health checks of the old ones fail, and waits until Traefik has left them. */
async function drain(
  wanted: readonly ReleaseContainer[],
  leaving: readonly ContainerFact[],
  planned: PlannedRelease,
  deps: ApplyDeps,
): Promise<void> {
  tellStep(planned, deps, 'start-first', 'waiting until Traefik asks the new one alone');
  await sleep(proxyMs);
  for (const { id, service } of leaving) {
    const command = wanted.find(({ name }) => name === service)?.drain ?? [];
    const options = { before: deps.fence, timeoutMs: minuteMs, allowFailure: true } as const;
    await deps.connection.script(drainScript, [id, ...command], options);
  }
  const ids = new Set(leaving.map(({ id }) => id));
  await lookUntil(whetherLeft(wanted, leaving, planned, deps), { signal: deps.signal });
  await sleep(proxyMs);
}

/** One look whether the proxy may have left the old ones, which it has when their health checks fail. */
function whetherLeft(
  wanted: readonly ReleaseContainer[],
  leaving: readonly ContainerFact[],
  planned: PlannedRelease,
  deps: ApplyDeps,
) {
  const ids = new Set(leaving.map(({ id }) => id));
  const deadline = Date.now() + 1000 * Math.max(...wanted.map((one) => one.healthDeadlineSeconds));
  return async () => {
    const facts = await deps.engine.inspectProject(planned.release.project);
    const isAsked = facts.some((one) => ids.has(one.id) && readinessOf(one) === 'healthy');
    if (!isAsked) return { result: undefined };
    if (deps.signal?.aborted === true) throw deps.signal.reason;
    if (Date.now() <= deadline) return { pauseMs: pollMs };
    tellStep(planned, deps, 'start-first', 'the health check of the old one does not fail');
    return { result: undefined };
  };
}

/** As well as it goes: what failed before is what is reported. */
async function removeSuccessors(
  wanted: readonly ReleaseContainer[],
  leaving: readonly ContainerFact[],
  planned: PlannedRelease,
  deps: ApplyDeps,
): Promise<void> {
  const present = await containersOf(wanted, planned, deps).catch(() => []);
  const successors = present.filter(({ id }) => !leaving.some((one) => one.id === id));
  const options = { before: deps.fence, timeoutMs: minuteMs } as const;
  await deps.connection
    .script(
      removeScript,
      successors.map(({ id }) => id),
      options,
    )
    .catch(() => undefined);
}

async function containersOf(
  wanted: readonly ReleaseContainer[],
  { release }: PlannedRelease,
  { engine }: ApplyDeps,
): Promise<ContainerFact[]> {
  const facts = await engine.inspectProject(release.project);
  return facts.filter(({ service }) => wanted.some(({ name }) => name === service));
}

const listNames = (wanted: readonly ReleaseContainer[]): string =>
  wanted.map(({ name }) => name).join(', ');
