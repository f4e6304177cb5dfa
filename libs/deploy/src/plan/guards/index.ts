import type { Guard } from './guard';
import { foreignContainers, handMadeStack, otherEnvironment } from './containers';
import { composeTooOld, diskShort, engineTooOld, networkMissing } from './engine';
import { gpuOverCommitted, lacksGpu } from './gpu';
import { held, holdGuard } from './hold';
import { downgrade, versionStep } from './migration';
import { hostPathMissing, movesWithData, pathTaken } from './paths';
import { portTaken } from './ports';
import { unrecordedData } from './reinstalled';

/** The guards that hold whether or not something is to be done. */
export const standingGuards: readonly Guard[] = [
  handMadeStack,
  otherEnvironment,
  foreignContainers,
  networkMissing,
  portTaken,
  movesWithData,
  gpuOverCommitted,
  lacksGpu,
  pathTaken,
  hostPathMissing,
];

/** The guards for a release of which something is to be done. */
export const changeGuards: readonly Guard[] = [
  held,
  unrecordedData,
  downgrade,
  versionStep,
  engineTooOld,
  composeTooOld,
  diskShort,
];

/** The guards that `--allow` can override. */
export const guardNames = [
  holdGuard,
  'other-environment',
  'foreign-container',
  'port-taken',
  'move-with-data',
  'unrecorded-data',
  'gpu-over-committed',
  'gpu-missing',
  'disk-short',
  'downgrade',
  'version-step',
  'removes-most',
  'hides-records',
  'unresolved-name',
] as const;
