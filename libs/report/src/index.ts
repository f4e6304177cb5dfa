export { formatPlan, type PlanFormat } from './format-plan';
export { formatProbes } from './format-probes';
export { formatStatus } from './format-status';
export { formatReleases, type ReleaseRow } from './format-releases';
export { formatOutcomes } from './format-outcomes';
export { formatErrors, type ErrorFormat } from './format-errors';
export { formatTable, layoutTable, type Cell, type Column } from './format-table';
export { formatBytes, openProgress, type Progress, type ProgressOptions } from './open-progress';
export { cleanText, hangText, reportWidth, wrapText } from './wrap-text';
