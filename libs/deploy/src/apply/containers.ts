import { StackError } from '@ai-stack/core';
import {
  composeUp,
  findImage,
  isReady,
  waitHealthy,
  type ContainerFact,
  type ImageFact,
  type PullProgress,
} from '@ai-stack/docker';
import { changesOf, tellStep, type ApplyDeps } from './context';
import { composePlace } from './compose-place';
import { composeStart } from './compose-start';
import { judgeContainer } from '../plan/container';
import type { PlannedRelease } from '../plan/plan-release';
import { composePath } from '../state-files';
import { startBeside } from './start-first';

/** What was read back after the change. */
export interface SeenRelease {
  containers: ContainerFact[];
  images: ImageFact[];
}

/** Creates the stack's own networks that are missing. */
export async function createNetworks(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  for (const { target } of changesOf(planned, 'network')) {
    tellStep(planned, deps, 'network', `creating the network ${target}`);
    await deps.ensureNetwork(target);
  }
}

/** Pulls what is missing, while the old containers still run. */
export async function pullImages(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  const { host, service } = planned.release;
  for (const { target } of changesOf(planned, 'image')) {
    tellStep(planned, deps, 'pull-image', `pulling ${target}`);
    await deps.engine.pullImage(target, (progress) =>
      deps.onProgress({ kind: 'bytes', host, service, target, ...pullStatus(progress) }),
    );
  }
}

/** What is told of a pull: bytes while they come, then layers, because unpacking may take as long. */
export function pullStatus({ done, total, unpacked, layers }: PullProgress): {
  status: string;
  done: number;
  total: number;
} {
  if (total === 0 || done < total) return { status: 'pulling', done, total };
  return { status: `unpacking, ${unpacked} of ${layers} layers`, done: 0, total: 0 };
}

/** Not asked of Compose when only a file that is reloaded, or a model, changed. Then waits for health. */
export async function startContainers(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  if (!needsCompose(planned)) return;
  const { release, verdicts, env } = planned;
  const forced = [...verdicts]
    .filter(([, verdict]) => verdict.isForced && verdict.isStartFirst !== true)
    .map(([name]) => name);
  const names = changesOf(planned, 'container').map(({ verb, target }) => `${verb} ${target}`);
  tellStep(planned, deps, 'up', `starting: ${names.join(', ')}`);
  const begun = Date.now();
  await startBeside(planned, deps);
  const place = composePlace(release, env.text !== undefined);
  const up = (command: readonly string[]) => composeStart(command, planned, deps);
  try {
    if (forced.length > 0) {
      await up(composeUp(place, forced, { forceRecreate: true }));
    }
    await up(composeUp(place));
  } catch (error) {
    throw await explainUp(error, planned, deps);
  }
  deps.onStarted?.();
  const seconds = Math.max(0, ...release.containers.map((one) => one.healthDeadlineSeconds));
  await waitHealthy(deps.engine, release.project, release.containers, {
    deadline: Date.now() + seconds * 1000,
    signal: deps.signal ?? new AbortController().signal,
    onProgress: (progress) =>
      tellStep(
        planned,
        deps,
        'wait-healthy',
        `waiting: ${progress.map(({ container, detail }) => `${container} ${detail}`).join(', ')}`,
      ),
  });
  const replaced = [...verdicts].filter(
    ([, { verb, isStartFirst }]) => verb === 'replace' && isStartFirst !== true,
  );
  if (replaced.length === 0) return;
  const gap = `${replaced.map(([name]) => name).join(', ')} did not answer for at most`;
  tellStep(planned, deps, 'gap', `${gap} ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

function needsCompose(planned: PlannedRelease): boolean {
  const service = planned.facts.services[planned.release.service];
  const kinds = ['container', 'network', 'secrets', 'image'] as const;
  return (
    kinds.some((kind) => changesOf(planned, kind).length > 0) ||
    changesOf(planned, 'file').some(({ target }) => target === composePath(planned.release)) ||
    service?.current === undefined ||
    service.pending !== undefined
  );
}

/** A dependency that never became healthy ends `up` itself: its own lines say more. */
async function explainUp(
  error: unknown,
  { release }: PlannedRelease,
  { engine }: ApplyDeps,
): Promise<unknown> {
  const facts = await engine.inspectProject(release.project).catch(() => []);
  const failed = release.containers
    .map((wanted) => ({ wanted, fact: facts.find((one) => one.service === wanted.name) }))
    .find(({ fact }) => fact !== undefined && !isReady(fact));
  if (!(error instanceof StackError)) return error;
  const told = new StackError(error.what, {
    where: error.where,
    fix: error.fix ?? `deploy again; docker compose ps -a in ${release.stackDirectory} shows more`,
    cause: error,
  });
  if (failed?.fact === undefined) return told;
  const lines = await engine.logs(failed.fact.id, 15).catch(() => []);
  if (lines.length === 0) return told;
  const shown = lines.map((line) => `\n  | ${line}`).join('');
  return new StackError(`${error.what}\n${failed.wanted.name} wrote:${shown}`, {
    where: told.where,
    fix: told.fix,
    cause: error,
  });
}

/** Proves for each rewritten file that a running program reads by itself that it did. */
export async function proveReloads(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  for (const { file, serial, isRewritten } of planned.files) {
    if (file.onChange !== 'reload' || !isRewritten) continue;
    tellStep(planned, deps, 'prove-reload', `waiting until ${file.path} is served`);
    await deps.proveReload(file.path, serial);
  }
}

/** Pulls the models that are not there yet, into the running service. */
export async function pullModels(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  const { host, service } = planned.release;
  for (const { target } of changesOf(planned, 'model')) {
    tellStep(planned, deps, 'pull-model', `pulling the model ${target}`);
    await deps.pullModel(target, (progress) =>
      deps.onProgress({ kind: 'bytes', host, service, target, ...progress }),
    );
  }
}

/** Asks the engine again: what runs has to be what was wanted. */
export async function readBack(planned: PlannedRelease, deps: ApplyDeps): Promise<SeenRelease> {
  const { release } = planned;
  tellStep(planned, deps, 'read-back', 'reading back what runs');
  const [containers, { images }] = await Promise.all([
    deps.engine.inspectProject(release.project),
    deps.engine.collectFacts(),
  ]);
  const wrong = release.containers.flatMap((wanted) => {
    const fact = containers.find((one) => one.service === wanted.name);
    const verdict = judgeContainer(wanted, fact, {
      imageId: findImage(images, wanted.image)?.id,
      recordedConfigHash: undefined,
      rewrittenFiles: [],
      differences: [],
      changedKeys: [],
    });
    if (verdict.verb !== 'keep') return [`${wanted.name}: ${verdict.reason}`];
    return fact !== undefined && isReady(fact) ? [] : [`${wanted.name}: it is not healthy`];
  });
  if (wrong.length === 0) return { containers, images };
  throw new StackError(`what runs is not what was wanted: ${wrong.join('; ')}`, {
    where: { service: release.service, host: release.host },
    fix: 'deploy again; when it stays so, docker compose ps in its folder shows more',
  });
}
