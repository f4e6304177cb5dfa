import type { z } from 'zod';
import type { Contract, Endpoint } from './contract';
import type { Environment } from './environment';
import type { Hooks } from './hooks';
import type { Gpu, Host } from './host';
import type { Warning } from './plan';
import type { Probe } from './probe';
import type { ConsumedSecret, GeneratedSecret, ProvidedSecret, SecretSpec } from './secret';

/** `Full` with only the keys `Needed` required: what a definition writes; render fills in the rest. */
type Defined<Full, Needed extends keyof Full> = Pick<Full, Needed> & Partial<Omit<Full, Needed>>;

/** How one consumer on one host reaches an endpoint of a service. */
export interface Binding {
  service: string;
  endpoint: Endpoint;
  /** The host that provides it. */
  host: string;
  /** alias: the same host, over the stack's own network; dns: the internal name and the published port. */
  via: 'alias' | 'dns';
  /** Name and port to connect to; never an address. */
  name: string;
  port: number;
  /** `http://name:port`, without a path. */
  url: string;
}

/** What a definition's `render` may know. */
export interface RenderContext<Options = unknown> {
  environment: Environment;
  host: Host;
  contract: Contract;
  options: Options;
  /** The bindings of a needed service's endpoint (default: its first), one per providing host. */
  bindings: (service: string, endpoint?: string) => Binding[];
  /** `https://<label>.<domain>` of a public endpoint (default: this service's first). */
  publicUrl: (service?: string) => string;
  /** `<dataRoot>/<service>` joined with `parts`. */
  dataPath: (...parts: string[]) => string;
}

export interface Healthcheck {
  test: ['CMD', ...string[]];
  interval: string;
  timeout: string;
  retries: number;
  startPeriod: string;
  /** Interval of the checks during the start period. */
  startInterval: string;
}

export interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
}
export type DefinedMount = Defined<Mount, 'source' | 'target'>;

/** An endpoint published on the host's address. */
export interface Published {
  endpoint: string;
  /** Where the process listens on another port than the endpoint's. */
  containerPort?: number;
  protocols: ('tcp' | 'udp')[];
}
export type DefinedPublished = Defined<Published, 'endpoint'>;

/** One HTTP router of Traefik in front of a container. */
export interface Route {
  /** Router and service name in Traefik, unique on its host. */
  name: string;
  /** Rule in Traefik's syntax. */
  rule: string;
  priority: number;
  /** The container's port. */
  port: number;
  /** Whether requests go through the forward-auth middleware of the environment. */
  sso: boolean;
  /** Source ranges that are let in; empty: everyone. */
  allowRanges: string[];
  /** Requests per second and burst for one source; none: unlimited. */
  rateLimit?: { average: number; burst: number };
}
export type DefinedRoute = Defined<Route, 'name' | 'rule' | 'port' | 'sso'>;

/** A part of a start that may take far longer than the health check allows, such as the migration of a large database. */
export interface LongStart {
  /** Part of the log line with which it begins, or goes on. */
  begins: string;
  /** Part of the log line after which it is over. */
  ends: string;
  /** How long the whole start may take while it makes progress, such as `2h`. */
  limit: string;
}

/** What a definition takes as given of its image, and cannot set itself; `check-images` compares it. */
export interface ImageAssumptions {
  /** Entrypoints with which it works, each as one text; `none`: it works without one. */
  entrypoints?: string[];
  /** The image's own command, as one text. */
  command?: string;
  /** Where relative paths of the command, or of what the program writes, begin. */
  workingDirectory?: string;
}

/** What each process of a container may use at most. */
export interface Ulimits {
  /** Open files, connections among them. */
  nofile: number;
}

/** One container of a service. */
export interface Container {
  image: string;
  /** Default: nothing but what follows from the rest: ports, mounts, and who owns the directories that it writes. */
  assumes?: ImageAssumptions;
  command?: string[];
  entrypoint?: string[];
  user?: string;
  /** Plain values; taken literally, so `$` needs no care. */
  environment: Record<string, string>;
  /** Variables whose value is a secret of this service: variable -> `SecretSpec.key`. */
  secretEnvironment: Record<string, string>;
  mounts: Mount[];
  publish: Published[];
  /** None where the image can run no check: then running must do, and a probe from outside asks. */
  healthcheck: Healthcheck | null;
  longStart?: LongStart;
  /** Run in the container, makes its health check fail, so that a proxy sends nothing more to it; start-first needs it. */
  drain?: string[];
  stopGracePeriod: string;
  /** A small init as pid 1, for programs that do not forward signals. */
  init?: boolean;
  shmSize?: string;
  gpus?: Gpu['device'][];
  memory?: string;
  cpus?: number;
  ulimits: Ulimits;
  readOnly?: boolean;
  tmpfs?: string[];
  capDrop?: string[];
  capAdd?: string[];
  noNewPrivileges: boolean;
  routes: Route[];
  /** Whether it must resolve the stack's internal names (adds the dns host as its resolver). */
  resolvesNames: boolean;
  /** Whether it joins the stack's own network, by which others on its host reach it. */
  joinsStack: boolean;
}

/** A container as a definition writes it: only what is special. `libs/render/src/normalise.ts` holds the defaults. */
export type DefinedContainer = Defined<
  Omit<Container, 'mounts' | 'publish' | 'routes' | 'resolvesNames'>,
  'image'
> & {
  mounts?: DefinedMount[];
  publish?: DefinedPublished[];
  routes?: DefinedRoute[];
  /** Default: whether the contract needs `dns`, and `dns` is placed. */
  resolvesNames?: boolean;
};

/** A file that a definition renders next to its data. */
export interface ServiceFile {
  /** Absolute path on the host. */
  path: string;
  content: string;
  mode: '0644' | '0640' | '0600';
  /** recreate: its containers are replaced; reload: the program reloads by itself, and a probe verifies it. */
  onChange: 'recreate' | 'reload' | 'none';
  /** Names of the containers that mount it. */
  containers: string[];
  /** The placeholder in `content` for the serial of the zone; deploy fills in old + 1 when the rest differs. */
  serialPlaceholder?: string;
}
/** Its containers follow from the mounts. */
export type DefinedFile = Defined<Omit<ServiceFile, 'containers'>, 'path' | 'content'>;

export interface Directory {
  /** Absolute path on the host. */
  path: string;
  mode: string;
  uid: number;
  gid: number;
  /** data is what `destroy` keeps and what a move would lose; config is rendered; cache can be made again. */
  purpose: 'data' | 'config' | 'cache';
}
export type DefinedDirectory = Defined<Directory, 'path' | 'purpose'>;

export type DefinedSecret = Omit<SecretSpec, 'source'> & {
  source: Defined<GeneratedSecret, 'kind'> | Defined<ProvidedSecret, 'kind'> | ConsumedSecret;
};

/** What a plan that changes something says, if the host is as described here. */
export interface DefinedWarning extends Warning {
  /** Absolute path: only where the host has this file, which is not read. */
  ifFile?: string;
  /** Only where the description of the containers that the host has now holds this text. */
  ifDeployed?: string;
  /** Not where the description of the containers that the host has now holds this text. */
  unlessDeployed?: string;
  /**
   * The change is blocked, until `--allow` names this guard: reindex, where what is indexed has to be indexed again.
   */
  guard?: 'reindex';
}

/** Which driver of the GPUs the program of an image needs. */
export interface GpuDriverNeed {
  /** Major version, such as 580. */
  atLeast: number;
  /** What to do on a host with an older one. */
  fix: string;
}

/** What a service is on one host, complete. */
export interface ServiceModel {
  containers: Record<string, Container>;
  files: ServiceFile[];
  directories: Directory[];
  secrets: SecretSpec[];
  /** stop-first for state, start-first for stateless services behind Traefik. */
  updateOrder: 'stop-first' | 'start-first';
  /**
   * Which change of version changes the data, so that the earlier program may not read it any more: none; any-version;
   * or each-minor, where the program also takes one minor version at a time.
   */
  migration: 'none' | 'any-version' | 'each-minor';
  /** GPU memory that it takes, by device. */
  gpuMemory: { device: string; memoryGiB: number; reason: string }[];
  /** Models that its program must hold: the hook `afterStart` pulls them. */
  pullModels: string[];
  probes: Probe[];
  /** Default: none. */
  warnings?: DefinedWarning[];
  /** Default: any driver will do. */
  gpuDriver?: GpuDriverNeed | undefined;
}

/** A service as a definition writes it: only what is special. `libs/render/src/normalise.ts` holds the defaults. */
export type DefinedService = Partial<
  Omit<ServiceModel, 'containers' | 'files' | 'directories' | 'secrets'>
> & {
  containers: Record<string, DefinedContainer>;
  files?: DefinedFile[];
  directories?: DefinedDirectory[];
  secrets?: DefinedSecret[];
};

/** A service in code, one per directory of `apps/`. */
export interface Definition<Options = unknown> {
  options: z.ZodType<Options>;
  /**
   * Variables that the option `extraEnvironment` must not set, in any case: by name the option that sets it, or in words
   * what does, or what it would break. Those that are rendered need no entry but for their option.
   */
  variables?: Readonly<Record<string, string>>;
  /** Pure. */
  render(context: RenderContext<Options>): DefinedService;
  hooks?: Hooks;
}

/** Types a definition; `apps/<service>/service.ts` exports its result as default. */
export function defineService<Options>(definition: Definition<Options>): Definition<Options> {
  return definition;
}
