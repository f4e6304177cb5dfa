export { type AskDeps, askProbes } from './ask-probes';
export { askNames } from './dns/ask-names';
export { reportsOf, writeReports } from './write-reports';
export { openTrust } from './open-trust';
