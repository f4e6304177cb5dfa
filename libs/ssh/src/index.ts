export type {
  Connection,
  Preamble,
  RunOptions,
  RunResult,
  ScriptOptions,
  UploadFile,
} from './connection';
export type { OpenOptions } from './arguments';
export {
  beginConnections,
  joinConnections,
  openConnection,
  openConnections,
} from './open-connection';
export { quote } from './quote';
export { openGate, openPatientGate } from './limit';
