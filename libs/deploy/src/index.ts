export { type DeployOptions, deployReleases, type DeployResult } from './deploy';
export { type DestroyPlan, destroyService, planDestroy } from './destroy';
export { collectAllFacts, collectReachableFacts, type OpenHost } from './facts/collect-all';
export type { HostFacts } from './facts/host-facts';
export { absenceOf, throwUnreachable, type UnreachableHost } from './facts/unreachable';
export { holdHosts, unholdHosts } from './hold';
export { listReleases, readRelease, restoreImages } from './kept-releases';
export { type HeldLocks, holdLocks, type LockOptions } from './lock/acquire';
export { strayFilesOf } from './plan/files';
export { guardNames } from './plan/guards';
export { listFileChanges } from './plan/list-file-changes';
export {
  planDeploy,
  type PlannedDeploy,
  type PlanOptions,
  plansOf,
  throwBlocked,
} from './plan/plan-deploy';
export { planRelease } from './plan/plan-release';
export type { OnProgress, Outcome, ProgressEvent, Step } from './progress';
export type { Manifest } from './state-files';
export { judgeStatus, judgeUnreachable, type StatusRow } from './status';
