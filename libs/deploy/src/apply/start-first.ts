import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseContainer } from '@ai-stack/core';
import {
  composeScale,
  dockerProgram,
  lookUntil,
  readinessOf,
  waitHealthy,
  type ContainerFact,
} from '@ai-stack/docker';
import type { Report, Work } from './context';
import { composeProject, composeStart } from './compose';
import { ofKind } from '../plan/change';

const docker = dockerProgram().join(' ');

/** `$1` a container, then a command to run in it. */
const drainScript = `exec ${docker} exec -- "$@"`;

/** Containers to stop, with the time that each was given when it was made, and to remove. */
const retireScript = `set -eu
${docker} stop -- "$@" >/dev/null
${docker} rm -- "$@" >/dev/null`;

/** Containers to remove now. */
const removeScript = `${docker} rm --force -- "$@" >/dev/null`;

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
 * Replaces containers start-first: the new container starts and becomes healthy, so Traefik sends it requests; the
 * health check of the old one is made to fail, so Traefik sends it nothing more; it finishes its open requests, and is
 * removed. Throws a StackError, and then the old one is as it was.
 */
export async function startFirst(work: Work, report: Report): Promise<void> {
  const { release, changes } = work.planned;
  const { connection, fence } = work.deps;
  const names = ofKind(changes, 'container').flatMap((container) =>
    container.isStartFirst ? container.name : [],
  );
  const wanted = release.containers.filter(({ name }) => names.includes(name));
  if (wanted.length === 0) return;
  const swap = { work, report, wanted, leaving: await containersOf(wanted, work) };
  report(`starting ${names.join(', ')} next to the old container`, 'start-first');
  try {
    await startSuccessors(swap);
  } catch (error) {
    await removeSuccessors(swap);
    throw error;
  }
  await drain(swap);
  report('waiting until the old container has answered its open requests', 'start-first');
  const ids = swap.leaving.map(({ id }) => id);
  const options = { before: fence, timeoutMs: retireMs, doing: 'stopping the old container' };
  await connection.script(retireScript, ids, options);
}

/** The new containers, the old ones that they replace, and where progress is reported. */
interface Swap {
  work: Work;
  report: Report;
  wanted: readonly ReleaseContainer[];
  leaving: readonly ContainerFact[];
}

async function startSuccessors({ work, report, wanted, leaving }: Swap): Promise<void> {
  const { planned, deps } = work;
  const counts = wanted.map(({ name }): [string, number] => [
    name,
    leaving.filter(({ service }) => service === name).length + 1,
  ]);
  const command = composeScale(composeProject(planned), Object.fromEntries(counts));
  await composeStart(command, work, report);
  const seconds = Math.max(...wanted.map((container) => container.healthDeadlineSeconds));
  await waitHealthy(deps.engine, planned.release.project, wanted, {
    deadline: Date.now() + seconds * 1000,
    signal: deps.signal ?? new AbortController().signal,
    leaving: new Set(leaving.map(({ id }) => id)),
    onProgress: (progress) => {
      const states = progress.map(({ container, detail }) => `${container} ${detail}`);
      report(`waiting: ${states.join(', ')}`, 'wait-healthy');
    },
  });
}

/** Makes the health checks of the old containers fail, and waits until Traefik sends them nothing more. */
async function drain(swap: Swap): Promise<void> {
  const { connection, fence, signal } = swap.work.deps;
  swap.report('waiting until Traefik sends requests only to the new container', 'start-first');
  await sleep(proxyMs);
  for (const { id, service } of swap.leaving) {
    const command = swap.wanted.find(({ name }) => name === service)?.drain ?? [];
    const options = { before: fence, timeoutMs: minuteMs, allowFailure: true } as const;
    await connection.script(drainScript, [id, ...command], options);
  }
  await lookUntil(whetherLeft(swap), { signal });
  await sleep(proxyMs);
}

/** Checks once whether Traefik has stopped using the old containers: it has when their health checks fail. */
function whetherLeft({ work, report, wanted, leaving }: Swap) {
  const { planned, deps } = work;
  const ids = new Set(leaving.map(({ id }) => id));
  const deadline =
    Date.now() + 1000 * Math.max(...wanted.map((container) => container.healthDeadlineSeconds));
  return async () => {
    const facts = await deps.engine.inspectProject(planned.release.project);
    const isAsked = facts.some((fact) => ids.has(fact.id) && readinessOf(fact) === 'healthy');
    if (!isAsked) return { result: undefined };
    if (deps.signal?.aborted === true) throw deps.signal.reason;
    if (Date.now() <= deadline) return { pauseMs: pollMs };
    report('the health check of the old container did not fail', 'start-first');
    return { result: undefined };
  };
}

/** Best effort: what failed before is what is reported. */
async function removeSuccessors({ work, wanted, leaving }: Swap): Promise<void> {
  const present = await containersOf(wanted, work).catch(() => []);
  const successors = present.filter(({ id }) => !leaving.some((fact) => fact.id === id));
  await removeContainers(successors, work).catch(() => undefined);
}

/** Removes containers, running or not. Throws a StackError. */
export async function removeContainers(
  containers: readonly ContainerFact[],
  { deps }: Pick<Work, 'deps'>,
): Promise<void> {
  if (containers.length === 0) return;
  const ids = containers.map(({ id }) => id);
  const options = { before: deps.fence, timeoutMs: minuteMs, doing: 'removing containers' };
  await deps.connection.script(removeScript, ids, options);
}

async function containersOf(
  wanted: readonly ReleaseContainer[],
  { planned, deps }: Work,
): Promise<ContainerFact[]> {
  const facts = await deps.engine.inspectProject(planned.release.project);
  return facts.filter(({ service }) => wanted.some(({ name }) => name === service));
}
