export type { Engine, PullProgress } from './engine';
export type { ContainerFact, EngineFacts, ImageFact, InspectedSettings } from './facts';
export { openEngine } from './open-engine';
export { findImage } from './find-image';
export { differencesOf, type ContainerIdentity } from './differences';
export * from './versions';
export * from './compose';
export { waitHealthy, type Progress, type WaitOptions } from './wait-healthy';
