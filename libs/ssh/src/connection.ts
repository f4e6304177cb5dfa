import type { Readable } from 'node:stream';

export interface RunOptions {
  stdin?: string | Buffer | Readable;
  /** Default 60 s. A timed-out command is a StackError. */
  timeoutMs?: number;
  /** Return a non-zero exit code instead of throwing. */
  allowFailure?: boolean;
  /** What an error calls it, such as `putting files in place`; default: the command itself. */
  doing?: string;
  /** Called with each complete line as it arrives. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A piece of shell that has to end well before a script begins, in the same shell: `shift`s its own arguments away. */
export interface Preamble {
  text: string;
  args: readonly string[];
}

export interface ScriptOptions extends RunOptions {
  before?: Preamble;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** One file for `upload`; `content` may hold a secret, so it never goes into arguments. */
export interface UploadFile {
  /** Relative to the target directory. */
  path: string;
  content: string;
  /** Such as 0o644. */
  mode: number;
}

/** One host, over one multiplexed SSH connection that is ours alone. */
export interface Connection {
  /** The host's name in the inventory. */
  readonly host: string;
  /** Runs an argument array there, quoted in one place. Throws a StackError with host, command,
   *  exit code, the last lines of stderr and the fix. */
  run(command: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a POSIX shell script there: `text` is ours, every `arg` reaches it as a positional parameter. */
  script(text: string, args: readonly string[], options?: ScriptOptions): Promise<RunResult>;
  /** Sends files as one tar stream to the standard input of a script (`$1` the target directory) that unpacks,
   *  counts and syncs; the directory exists afterwards with mode 0700. */
  upload(files: readonly UploadFile[], directory: string, before?: Preamble): Promise<void>;
  /** A local Unix socket that leads to the remote one; made once per remote path. */
  forwardSocket(remotePath: string): Promise<string>;
  /** Whether commands run as root through sudo; forwards do not. */
  readonly usesSudo: boolean;
  /** A local Unix socket of which each connection is the standard input and output of a command there; made once. */
  forwardCommand(command: readonly string[]): Promise<string>;
  /** A local Unix socket that leads to `name:port` as the host itself resolves and reaches it; made once. */
  forwardTcp(name: string, port: number): Promise<string>;
  /** Ends the connection and removes its local files. Never throws. */
  close(): Promise<void>;
}
