import type { ContainerSettings } from './release';

/** The rungs of the ladder, lowest first. */
export const levels = ['container', 'api', 'inference', 'client'] as const;
export type Level = (typeof levels)[number];

/** Where a question is asked from: this machine, or a host (`host:trusted`). */
export type Vantage = 'controller' | `host:${string}`;

/** A value that is a secret, named by its owner service and key, and prefixed. */
export interface SecretValue {
  secret: { service: string; key: string };
  prefix: string;
}

/** A header's or body's value; `basic` becomes `Basic base64(user:password)`. */
export type ProbeValue =
  | string
  | SecretValue
  | { basic: { user: SecretValue; password: SecretValue } };

export interface HttpAsk {
  kind: 'http';
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** Names are resolved by the vantage; see `resolver`. */
  url: string;
  /** At most so many redirects are followed, to https only, with the cookies of each host; headers and body go to
   *  the first host alone, and a `container` is only the first to be asked. Without it none is followed. */
  follow?: number;
  headers?: Record<string, ProbeValue>;
  /** Sent as JSON; a text is sent as it is. */
  body?: unknown;
  /** stack: resolve the name by asking the environment's own DNS host (the default for the controller);
   *  own: the vantage's own resolver. */
  resolver?: 'stack' | 'own';
  /** Connect to this container's address on the stack's own network, whatever the URL's name; asked from its host. */
  container?: { project: string; container: string };
  timeoutSeconds?: number;
}
export interface HttpExpect {
  status: number[];
  /** For redirects: one of these must match the Location. */
  location?: { host?: string; pathPrefix?: string }[];
  /** Where the last redirect led. */
  endsAt?: { host: string };
  /** The body is a stream of server-sent events that brings words of an answer little by little, and ends with `[DONE]`. */
  stream?: true;
  /** The body as text contains this. */
  includes?: string;
  /** Parsed JSON: the values at `path` (`data[].id`, `status`) equal, as a set for lists; or contain; or contain one
   *  of several; or exist. With `where` only the objects there that have this value at a key, of which there is one or
   *  more; with `equalKeys` each has one value at both keys. */
  json?: {
    path: string;
    where?: { key: string; equals: unknown };
    equals?: unknown;
    contains?: unknown;
    containsOneOf?: string[];
    exists?: boolean;
    equalKeys?: [string, string];
  }[];
}

export interface DnsAsk {
  kind: 'dns';
  /** Address of the server. */
  server: string;
  name: string;
  type: 'A' | 'AAAA' | 'CNAME' | 'SOA' | 'TXT';
  /** Ask for another name below this one each time, so that no cache has it. */
  random?: true;
}
export type DnsExpect = DnsAnswersExpect | DnsCodesExpect;
export interface DnsCodesExpect {
  /** Any answer with one of these response codes. */
  codes: string[];
}
export interface DnsAnswersExpect {
  /** Exactly these, as a set, without trailing dots. A question for A of an alias ends in an address. */
  answers: string[];
}

export interface ContainerAsk {
  kind: 'container';
  project: string;
  container: string;
}
export interface ContainerExpect {
  image: string;
  contentHash: string;
  healthy: boolean;
  settings?: ContainerSettings;
}

export interface TcpAsk {
  kind: 'tcp';
  address: string;
  port: number;
}
export interface TcpExpect {
  open: boolean;
}

/** How far the vantage host's clock is from that of a server. */
export interface ClockAsk {
  kind: 'clock';
  /** Any URL of the server, whose answer has the header `Date`. */
  url: string;
}
export interface ClockExpect {
  withinSeconds: number;
}

/** One of several HTTP questions. */
export interface HttpStep {
  name: string;
  ask: HttpAsk;
  expect: HttpExpect;
  /** Asked even after a failure. */
  always?: boolean;
  /** The URL is not `ask.url` but a value in the JSON answer of an earlier step, on the host of that step alone. */
  urlFrom?: { step: string; path: string };
}

/** Several HTTP questions in order, such as a round trip. */
export interface HttpSequenceAsk {
  kind: 'http-sequence';
  steps: HttpStep[];
}

/** One question asked of a running service, and the answer that is right. Pure data. */
export type Probe = {
  /** Unique within the environment: `<service>/<what>[@host]`. */
  id: string;
  level: Level;
  service: string;
  vantage: Vantage;
  /** What it verifies, in plain words. */
  title: string;
  /** What to do when it fails. */
  fix: string;
  /** What a right answer does not verify, and who has to check it. */
  unseen?: string;
} & (
  | { ask: HttpAsk; expect: HttpExpect }
  | { ask: DnsAsk; expect: DnsExpect }
  | { ask: ContainerAsk; expect: ContainerExpect }
  | { ask: TcpAsk; expect: TcpExpect }
  | { ask: ClockAsk; expect: ClockExpect }
  | { ask: HttpSequenceAsk; expect: Record<string, never> }
);

/** The outcome of one probe; the JSON of `verify --json`. */
export interface ProbeResult {
  id: string;
  level: Level;
  service: string;
  vantage: Vantage;
  /** URL, name or container that was asked. */
  target: string;
  title: string;
  expected: string;
  observed: string;
  ok: boolean;
  durationMs: number;
  fix?: string;
  /** What a right answer does not verify. */
  unseen?: string;
}

/** `verify --json` and `dist/verify/<env>/<service>.json`. */
export interface VerifyReport {
  version: 1;
  environment: string;
  service: string;
  probes: ProbeResult[];
}
