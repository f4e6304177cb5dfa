import { flattenErrors, StackError } from '@ai-stack/core';
import type { PlannedRelease } from '../plan/plan-release';
import {
  completeStart,
  createNetworks,
  noteStart,
  proveReloads,
  pullImages,
  readBack,
  reportGap,
  startContainers,
  waitUntilHealthy,
} from './containers';
import { runStep, type ApplyDeps, type ApplyStep, type Work } from './context';
import { copyData, measureCopy } from './copy-data';
import { checkCompose, discardStaged, swapFiles, uploadFiles, writeJournal } from './files';
import { recordRelease } from './record';

/** What an apply does, in order. Up to the swap nothing of what runs is touched. */
const steps: readonly ApplyStep[] = [
  writeJournal,
  createNetworks,
  uploadFiles,
  checkCompose,
  pullImages,
  measureCopy,
  swapFiles,
  copyData,
  noteStart,
  startContainers,
  waitUntilHealthy,
  reportGap,
  proveReloads,
  completeStart,
  readBack,
  recordRelease,
];

/**
 * Brings one release onto its host and records it. Throws a StackError; the journal then stays, so that the next
 * deploy finishes the work.
 */
export async function applyPlan(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  const work: Work = { planned, deps };
  try {
    for (const step of steps) await runStep(step, work);
  } catch (error) {
    await discardStaged(work);
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
