export {
  environmentNames,
  environmentsFolder,
  resolveEnvironmentName,
  workspaceRoot,
} from './workspace';
export type { EnvironmentChoice } from './workspace';
export { nearest } from './nearest';
export { readLocalEnv } from './local-env';
export { readContracts, readEarlyHosts, readEnvironment } from './read-environment';
export type { EarlyHosts } from './read-environment';
export type { DraftOptions as ReadOptions } from './draft';
export {
  checkAnswer,
  readDefaultKeys,
  readHostsForDiscovery,
  readOpenKeys,
} from './read-discovery';
export type { HostForDiscovery } from './read-discovery';
export { migrateEnvironment } from './migrate-environment';
export type { MigratedFile } from './migrate-environment';
export type { Answer, OpenKey } from './open-keys';
export { namedSchema, schemaPathOf, withSchemaLine } from './schema-line';
export { addressKeys } from './variables';
export type { Variables } from './variables';
