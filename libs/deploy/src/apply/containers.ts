import { StackError } from '@ai-stack/core';
import {
  composeUp,
  explainStart,
  findImage,
  isReady,
  isUnfinished,
  waitHealthy,
} from '@ai-stack/docker';
import { ownContainers } from '../facts/own-containers';
import { ofKind, realChanges } from '../plan/change';
import { diffContainer } from '../plan/container';
import { composePath } from '../state-files';
import { composeProject, composeStart } from './compose';
import type { ApplyStep, Work } from './context';
import { pullStatus } from './pull-status';
import { removeContainers, startFirst } from './start-first';

/** Creates the stack's own networks that are missing. */
export const createNetworks: ApplyStep = {
  name: 'network',
  isNeeded: ({ planned }) => realChanges(planned.changes, 'network').length > 0,
  run: async ({ planned, deps }, report) => {
    for (const { network } of realChanges(planned.changes, 'network')) {
      report(`creating the network ${network.name}`);
      await deps.ensureNetwork(network);
    }
  },
};

/** Pulls what is missing, while the old containers still run. */
export const pullImages: ApplyStep = {
  name: 'pull-image',
  isNeeded: ({ planned }) => realChanges(planned.changes, 'image').length > 0,
  run: async ({ planned, deps }, report) => {
    if (deps.pulled !== undefined) return deps.pulled;
    const { host, service } = planned.release;
    for (const { image } of realChanges(planned.changes, 'image')) {
      report(`pulling ${image}`);
      await deps.engine.pullImage(image, (progress) => {
        const bytes = { kind: 'bytes', host, service, target: image } as const;
        deps.onProgress({ ...bytes, ...pullStatus(progress) });
      });
    }
  },
};

/** From here on the new containers may have changed data. */
export const noteStart: ApplyStep = {
  name: 'up',
  isNeeded: ({ deps }) => deps.onStart !== undefined,
  run: ({ deps }) => deps.onStart?.(),
};

/** Not asked of Compose when only a file that is reloaded, or a model, changed. */
export const startContainers: ApplyStep = {
  name: 'up',
  text: ({ planned }) => `starting: ${containerChanges(planned.changes).join(', ')}`,
  isNeeded: isStartNeeded,
  run: async (work, report) => {
    const { planned, deps } = work;
    work.begunAt = Date.now();
    const unfinished = ownContainers(planned.release, planned.facts).filter(isUnfinished);
    await removeContainers(unfinished, work);
    await startFirst(work, report);
    const forced = ofKind(planned.changes, 'container')
      .filter(({ isForced, isStartFirst }) => isForced && !isStartFirst)
      .map(({ name }) => name);
    const place = composeProject(planned);
    try {
      if (forced.length > 0) {
        await composeStart(composeUp(place, forced, { forceRecreate: true }), work, report);
      }
      await composeStart(composeUp(place), work, report);
    } catch (error) {
      throw await explainUp(error, work);
    }
    deps.onStarted?.();
  },
};

/** Waits until all that was started is healthy. */
export const waitUntilHealthy: ApplyStep = {
  name: 'wait-healthy',
  isNeeded: isStartNeeded,
  run: async ({ planned, deps }, report) => {
    const { project, containers } = planned.release;
    const seconds = Math.max(0, ...containers.map((container) => container.healthDeadlineSeconds));
    await waitHealthy(deps.engine, project, containers, {
      deadline: Date.now() + seconds * 1000,
      signal: deps.signal ?? new AbortController().signal,
      onProgress: (progress) => {
        const states = progress.map(({ container, detail }) => `${container} ${detail}`);
        report(`waiting: ${states.join(', ')}`);
      },
    });
  },
};

/** Reports how long the containers that were stopped first did not answer. */
export const reportGap: ApplyStep = {
  name: 'gap',
  text: (work) => {
    const seconds = (Date.now() - (work.begunAt ?? Date.now())) / 1000;
    return `${stoppedFirst(work).join(', ')} did not answer for at most ${seconds.toFixed(1)} s`;
  },
  isNeeded: (work) => stoppedFirst(work).length > 0,
  run: () => undefined,
};

function stoppedFirst({ planned }: Work): string[] {
  return ofKind(planned.changes, 'container')
    .filter(({ verb, isStartFirst }) => verb === 'replace' && !isStartFirst)
    .map(({ name }) => name);
}

/** As `replace web`. */
function containerChanges(changes: Work['planned']['changes']): string[] {
  const all = [...realChanges(changes, 'container'), ...realChanges(changes, 'removed-container')];
  return all.map(({ verb, name }) => `${verb} ${name}`);
}

function isStartNeeded({ planned }: Work): boolean {
  const { release, facts, changes } = planned;
  const service = facts.services[release.service];
  return (
    containerChanges(changes).length > 0 ||
    [...realChanges(changes, 'network'), ...realChanges(changes, 'image')].length > 0 ||
    realChanges(changes, 'env').length > 0 ||
    realChanges(changes, 'file').some(({ file }) => file.path === composePath(release)) ||
    service?.current === undefined ||
    service.journal !== undefined
  );
}

/** A dependency that never became healthy ends `up` itself: its own lines say more. */
async function explainUp(error: unknown, { planned, deps }: Work): Promise<unknown> {
  const { release } = planned;
  const facts = await deps.engine.inspectProject(release.project).catch(() => []);
  const failed = release.containers
    .map((container) => ({
      wanted: container,
      fact: facts.find((fact) => fact.service === container.name),
    }))
    .find(({ fact }) => fact !== undefined && !isReady(fact));
  if (!(error instanceof StackError)) return error;
  const explanation = explainStart(error.what);
  const what = explanation === undefined ? error.what : `${explanation.what}\n${error.what}`;
  const explained = new StackError(what, {
    where: error.where,
    fix:
      explanation?.fix ??
      error.fix ??
      `deploy again; docker compose ps -a in ${release.stackDirectory} shows more`,
    cause: error,
  });
  if (failed?.fact === undefined) return explained;
  const lines = await deps.engine.logs(failed.fact.id, 15).catch(() => []);
  if (lines.length === 0) return explained;
  const shown = lines.map((line) => `\n  | ${line}`).join('');
  return new StackError(`${what}\n${failed.wanted.name} wrote:${shown}`, {
    where: explained.where,
    fix: explained.fix,
    cause: error,
  });
}

/** Verifies for each rewritten file that a running program reads by itself that it has read it. */
export const verifyReloads: ApplyStep = {
  name: 'verify-reload',
  isNeeded: (work) => reloadedFiles(work).length > 0,
  run: async (work, report) => {
    for (const { file, serial } of reloadedFiles(work)) {
      report(`waiting until ${file.path} is served`);
      await work.deps.verifyReload(file.path, serial);
    }
  },
};

function reloadedFiles({ planned }: Work) {
  return ofKind(planned.changes, 'file').filter(
    ({ file, isRewritten }) => file.onChange === 'reload' && isRewritten,
  );
}

/** Lets the service complete what has started, such as pull the models that are not there yet. */
export const completeStart: ApplyStep = {
  name: 'after-start',
  isNeeded: ({ planned, deps }) =>
    deps.hooks.afterStart !== undefined || realChanges(planned.changes, 'model').length > 0,
  run: async ({ planned, deps }, report) => {
    const { release, changes } = planned;
    const { host, service } = release;
    const models = realChanges(changes, 'model').map(({ model }) => model);
    if (deps.hooks.afterStart === undefined) {
      throw new StackError(`nothing pulls its models: ${models.join(', ')}`, {
        where: { service, host },
        fix: `add the hook afterStart to apps/${service}/service.ts`,
      });
    }
    await deps.hooks.afterStart({
      ...{ release, models, connect: deps.connect },
      report: (text) => report(text),
      reportBytes: (target, progress) =>
        deps.onProgress({ kind: 'bytes', host, service, target, ...progress }),
    });
  },
};

/** Asks the engine again: what runs has to be what was wanted. */
export const readBack: ApplyStep = {
  name: 'read-back',
  text: () => 'reading back what runs',
  isNeeded: () => true,
  run: async (work) => {
    const { release } = work.planned;
    const { engine } = work.deps;
    const [containers, { images }] = await Promise.all([
      engine.inspectProject(release.project),
      engine.collectFacts(),
    ]);
    const wrong = release.containers.flatMap((wanted) => {
      const fact = containers.find((container) => container.service === wanted.name);
      const verdict = diffContainer(wanted, fact, {
        imageId: findImage(images, wanted.image)?.id,
        manifestConfigHash: undefined,
        rewrittenFiles: [],
        differences: [],
        changedKeys: [],
      });
      if (verdict.verb !== 'keep') return [`${wanted.name}: ${verdict.reason}`];
      return fact !== undefined && isReady(fact) ? [] : [`${wanted.name} is not healthy`];
    });
    if (wrong.length > 0) {
      throw new StackError(`what runs differs from the release: ${wrong.join('; ')}`, {
        where: { service: release.service, host: release.host },
        fix: `deploy again; if it fails again, docker compose ps -a in ${release.stackDirectory} shows why`,
      });
    }
    work.seen = { containers, images };
  },
};
