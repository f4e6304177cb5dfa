export { type AskDeps, askProbes } from './ask-probes';
export { askNames, type DnsQuestion } from './dns/ask-names';
export { reportsOf, writeReports } from './write-reports';
