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
export type { Engine, NetworkRequest, PullProgress } from './engine';
export { explainStart } from './explain';
export type { ContainerFact, EngineFacts, ImageFact, NetworkFact, RegistrySettings } from './facts';
export { findImage } from './find-image';
export { lacksAddress, lateAddressFix } from './late-address';
export { lookUntil } from './look-until';
export { openEngine } from './open-engine';
export { isReady, isUnfinished, readinessOf } from './readiness';
export {
  choosesIpv6Range,
  composeFloor,
  composeTooOld,
  engineFloor,
  engineTooOld,
  hasStartInterval,
} from './versions';
export { waitHealthy } from './wait-healthy';
