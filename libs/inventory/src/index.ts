export { dnsSchemaOf, modelSchemaOf } from './declared';
export { readLocalEnv } from './local-env';
export { migrateEnvironment } from './migrate-environment';
export { writeYaml } from './moved-keys';
export { nearest } from './nearest';
export type { OpenKey } from './open-keys';
export {
  checkAnswer,
  type HostForDiscovery,
  readDefaultKeys,
  readHostsForDiscovery,
  readOpenKeys,
} from './read-discovery';
export {
  type EarlyHosts,
  readContracts,
  readEarlyHosts,
  readEnvironment,
} from './read-environment';
export { addressKeys, type Variables } from './variables';
export {
  environmentNames,
  environmentsFolder,
  resolveEnvironmentName,
  workspaceRoot,
} from './workspace';
export { withSchemaLine } from './schema-line';
