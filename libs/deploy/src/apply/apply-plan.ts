import { flattenErrors, StackError } from '@ai-stack/core';
import {
  createNetworks,
  proveReloads,
  pullImages,
  pullModels,
  readBack,
  startContainers,
} from './containers';
import type { ApplyDeps } from './context';
import { checkCompose, discardStaged, swapFiles, uploadStaged, writeJournal } from './files';
import { checkCopySpace, copyData } from './copy-data';
import type { Manifest } from '../state-files';
import type { PlannedRelease } from '../plan/plan-release';
import { recordRelease } from './record';

/**
 * Brings one release onto its host and records it. Throws a StackError; the journal then stays, so that the next
 * deploy finishes the work.
 */
export async function applyPlan(planned: PlannedRelease, deps: ApplyDeps): Promise<Manifest> {
  try {
    await writeJournal(planned, deps);
    await createNetworks(planned, deps);
    const uploads = await uploadStaged(planned, deps);
    await checkCompose(planned, deps);
    await (deps.pulls?.get(planned) ?? pullImages(planned, deps));
    await checkCopySpace(planned, deps);
    await swapFiles(planned, uploads, deps);
    await copyData(planned, deps);
    deps.onStart?.();
    await startContainers(planned, deps);
    await proveReloads(planned, deps);
    await pullModels(planned, deps);
    return await recordRelease(planned, await readBack(planned, deps), deps);
  } catch (error) {
    await discardStaged(planned, deps);
    throw maskError(error, planned, deps);
  }
}

/** Every error of an apply names service and host, and shows no secret. */
function maskError(error: unknown, { release }: PlannedRelease, { mask }: ApplyDeps): StackError {
  const where = { service: release.service, host: release.host };
  const [first, ...others] = flattenErrors(error, where);
  const texts = [first, ...others].flatMap((one) => (one === undefined ? [] : [mask(one.what)]));
  // No cause: what it quotes may hold a value that is masked here.
  return new StackError(texts.join('\n'), {
    where: { ...where, ...first?.where },
    fix: mask(first?.fix ?? 'deploy again: it goes on where this one stopped'),
    exitCode: first?.exitCode,
  });
}
