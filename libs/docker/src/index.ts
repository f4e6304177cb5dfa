export {
  composeConfig,
  composeLogs,
  type ComposeProject,
  composeScale,
  composeStop,
  composeUp,
} from './compose';
export { composeProgram } from './compose-program';
export { differencesOf } from './differences';
export { dockerProgram } from './docker-program';
export type { Engine, PullProgress } from './engine';
export { explainStart } from './explain';
export type { ContainerFact, EngineFacts, ImageFact } from './facts';
export { findImage } from './find-image';
export { lookUntil } from './look-until';
export { openEngine } from './open-engine';
export { isReady, isUnfinished, readinessOf } from './readiness';
export {
  composeFloor,
  composeTooOld,
  engineFloor,
  engineTooOld,
  hasStartInterval,
} from './versions';
export { waitHealthy } from './wait-healthy';
