export type { OpenOptions } from './arguments';
export type { Connection, Preamble, UploadFile } from './connection';
export { openGate, openPatientGate } from './limit';
export { beginConnections, openConnection } from './open-connection';
