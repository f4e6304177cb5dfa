import type { Guard } from './guard';
import { foreignContainers, handMadeStack, otherEnvironment } from './containers';
import { composeTooOld, diskShort, engineTooOld, networkMissing } from './engine';
import { gpuDriverTooOld, gpuOverCommitted, lacksGpu } from './gpu';
import { held } from './hold';
import { downgrade, versionStep } from './migration';
import { hostPathMissing, movesWithData, pathTaken } from './paths';
import { networkDiffers, networkImpossible } from './networks';
import { portTaken } from './ports';
import { reindex } from './reindex';
import { unrecordedData } from './reinstalled';

/** The guards that hold whether or not something is to be done. */
export const standingGuards: readonly Guard[] = [
  handMadeStack,
  otherEnvironment,
  foreignContainers,
  networkMissing,
  networkDiffers,
  networkImpossible,
  portTaken,
  movesWithData,
  gpuOverCommitted,
  lacksGpu,
  gpuDriverTooOld,
  pathTaken,
  hostPathMissing,
];

/** The guards for a release of which something is to be done. */
export const changeGuards: readonly Guard[] = [
  held,
  unrecordedData,
  downgrade,
  versionStep,
  reindex,
  engineTooOld,
  composeTooOld,
  diskShort,
];

/** Guards that are asked elsewhere: of the orphans of a whole plan, of who resolves names, and of registries. */
const askedElsewhere = [
  'removes-most',
  'hides-records',
  'unresolved-name',
  'zone-circle',
  'image-architecture',
];

/** The guards that `--allow` can override, in the order in which messages list them. */
export const guardNames: readonly string[] = [
  ...new Set(
    [held, ...standingGuards, diskShort, ...changeGuards]
      .filter(({ isOverridable }) => isOverridable)
      .map(({ name }) => name),
  ),
  ...askedElsewhere,
];
