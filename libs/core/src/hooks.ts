import type { Environment } from './environment';
import type { Model } from './model';
import type { Blocked, MissingRecord, Warning } from './plan';
import type { Probe } from './probe';
import type { Release, ReleaseFile } from './release';

/**
 * What a service adds to a command, beyond the files and containers that it renders. Each hook is optional. It has no
 * connection of its own: it reaches hosts and programs only by the functions in its context.
 */
export interface Hooks {
  /** Checks the models that name this service as their engine, before a host is touched. Pure. */
  checkModels?(models: readonly ServedModel[]): ModelFinding[];
  /** Says why a deploy must not begin. Called once for each plan that changes something, whichever service changes. */
  preflight?(context: PreflightContext): Promise<PreflightFinding[]>;
  /** Completes what started. Called in each apply, once the containers are healthy. Throws a StackError. */
  afterStart?(context: AfterStartContext): Promise<void>;
  /** The probe that is right only once a running program uses a rewritten file; undefined: nothing shows it. Pure. */
  reloaded?(context: ReloadedContext): Probe | undefined;
  /** What the service does for an environment in which it is not placed on any host. */
  unplaced?: UnplacedHooks;
}

/** For a service whose work something outside of the stack may do, such as a DNS server of the operator. */
export interface UnplacedHooks {
  /** What verify asks then; none where nothing has to be done. Pure. */
  probes(environment: Environment): Probe[];
  /** As `Hooks.preflight`. */
  preflight(context: PreflightContext): Promise<PreflightFinding[]>;
}

/** A model, and the hosts on which its engine serves it. */
export interface ServedModel {
  model: Model;
  hosts: string[];
}

/** What is wrong with a model; it is reported at that key of its file. */
export interface ModelFinding {
  /** `Model.name`. */
  model: string;
  key: keyof Model;
  what: string;
  fix: string;
}

export interface PreflightContext {
  environment: Environment;
  /** The releases that the plan changes, of all services. */
  changing: readonly Release[];
  /**
   * Asks a name server as a host reaches it; the answers in the order of the questions. Undefined: this command has no
   * connection to the host. Throws when the server does not answer.
   */
  askNames: (
    host: string,
    server: string,
    questions: readonly NameQuestion[],
  ) => Promise<NameAnswer[] | undefined>;
  /** The address that this machine knows for a name. */
  addressHere: (name: string) => Promise<string | undefined>;
  /** Reports something to the operator that stops nothing. */
  note: (text: string) => void;
}

/** A reason not to begin, and whose plan shows it. */
export interface BlockedFinding {
  service: string;
  host: string;
  blocked: Blocked;
}

/** What an operator should know before a change, and whose plan shows it. */
export interface WarningFinding {
  service: string;
  host: string;
  warning: Warning;
}

/** Records that the operator has to enter, and whose plan shows them. */
export interface RecordsFinding {
  service: string;
  host: string;
  records: MissingRecord[];
}

export type PreflightFinding = BlockedFinding | WarningFinding | RecordsFinding;

export interface NameQuestion {
  name: string;
  type: 'A' | 'AAAA' | 'MX' | 'TXT' | 'CAA' | 'SRV' | 'SOA';
}

/** A name server's answer: its response code (`NOERROR`, `NXDOMAIN`, ...) and its records. */
export interface NameAnswer {
  code: string;
  records: {
    name: string;
    type: string;
    /** As a zone file has it, without quotes around a text. */
    value: string;
  }[];
}

export interface AfterStartContext {
  release: Release;
  /** Those of its `pullModels` that may be missing. */
  models: readonly string[];
  /** A Unix socket on this machine that leads to a TCP port of the service, published or not. Throws a StackError. */
  connect: (port: number) => Promise<string>;
  /** Reports what begins. */
  report: (text: string) => void;
  /** Reports how far a download is. */
  reportBytes: (target: string, progress: ByteProgress) => void;
}

/** `total` 0: not known yet. */
export interface ByteProgress {
  status: string;
  done: number;
  total: number;
}

export interface ReloadedContext {
  environment: Environment;
  release: Release;
  /** A file with `onChange: reload`, and the serial that its placeholder was replaced with. */
  file: Pick<ReleaseFile, 'path'> & { serial?: number | undefined };
}
