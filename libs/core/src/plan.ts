export type Verb = 'create' | 'update' | 'replace' | 'remove' | 'keep';

export type ActionKind =
  | 'network'
  | 'directory'
  | 'file'
  | 'secrets'
  | 'image'
  | 'container'
  | 'model'
  | 'release';

/** One step of a plan: plain data, never a closure; before and after never hold a secret. */
export interface Action {
  kind: ActionKind;
  verb: Verb;
  /** Path, image, container, network or model. */
  target: string;
  reason: string;
  before?: string;
  after?: string;
}

/** A reason not to begin, found before the first change. */
export interface Blocked {
  /** The guard's name, as `--allow` takes it; null: cannot be overridden. */
  guard: string | null;
  reason: string;
  fix: string;
}

/** What an operator should know before a change; it blocks nothing. */
export interface Warning {
  reason: string;
  fix: string;
}

/** A record that the operator enters into a DNS server of theirs. */
export interface MissingRecord {
  /** Address of the server. */
  server: string;
  /** The full name, without a trailing dot. */
  name: string;
  type: 'A' | 'AAAA';
  value: string;
  /** What the server answers for the name now. */
  observed: string;
}

/** The plan of one service on one host; the JSON of `plan --json`. */
export interface Plan {
  version: 1;
  environment: string;
  host: string;
  service: string;
  /** Id of the release that would run afterwards. */
  release: string;
  actions: Action[];
  blocked: Blocked[];
  /** Only where there is something to know. */
  warnings?: Warning[];
  /** Drift: this release was deployed, and the host differs from it since. */
  isDrift: boolean;
  /** What becomes reachable without a login, a line each; absent: nothing. */
  opens?: string[];
  /** What the operator's own DNS server lacks, with `mode: none`; absent: nothing. */
  records?: MissingRecord[];
  /** The host did not answer, so there are no actions: what deploy would do there is not known. */
  unreachable?: {
    /** ISO 8601: when this machine last reached it; null: never, as far as it knows. */
    lastSeen: string | null;
    reason: string;
  };
}

/** Whether applying it would change anything. */
export function isEmptyPlan(plan: Plan): boolean {
  return plan.actions.every((action) => action.verb === 'keep');
}
