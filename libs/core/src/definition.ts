import type { z } from 'zod';
import type { Contract, Endpoint } from './contract';
import type { Environment } from './environment';
import type { Gpu, Host } from './host';
import type { Warning } from './plan';
import type { Probe } from './probe';
import type { SecretSpec } from './secret';

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

/** One HTTP router of Traefik in front of a container. */
export interface Route {
  /** Router and service name in Traefik, unique on its host. */
  name: string;
  /** Rule in Traefik's syntax. */
  rule: string;
  priority: number;
  /** The container's port. */
  port: number;
  /** Whether the forward-auth middleware of the environment stands in front. */
  sso: boolean;
  /** Source ranges that are let in; empty: everyone. */
  allowRanges: string[];
  /** Requests per second and burst for one source; none: unlimited. */
  rateLimit?: { average: number; burst: number };
}

/** One container of a service: a typed part of a Compose service. */
export interface Container {
  image: string;
  command?: string[];
  entrypoint?: string[];
  user?: string;
  /** Plain values; taken literally, so `$` needs no care. */
  environment: Record<string, string>;
  /** Variables whose value is a secret of this service: variable -> `SecretSpec.key`. */
  secretEnvironment: Record<string, string>;
  mounts: Mount[];
  /** Endpoints published on the host's address; `containerPort` where the process listens elsewhere. */
  publish: { endpoint: string; containerPort?: number; protocols: ('tcp' | 'udp')[] }[];
  /** None where the image can run no check: then running must do, and a probe from outside asks. */
  healthcheck: Healthcheck | null;
  /** Run in the container, makes its health check fail, so that a proxy sends nothing more to it; start-first needs it. */
  drain?: string[];
  stopGracePeriod: string;
  /** A small init as pid 1, for programs that do not forward signals. */
  init?: boolean;
  shmSize?: string;
  gpus?: Gpu['device'][];
  memory?: string;
  cpus?: number;
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

/** A file that a definition renders beside its data. */
export interface DefinedFile {
  /** Absolute path on the host. */
  path: string;
  content: string;
  mode: '0644' | '0640' | '0600';
  /** recreate: its containers are replaced; reload: the program notices by itself and a probe proves it. */
  onChange: 'recreate' | 'reload' | 'none';
  /** Names of the containers that mount it. */
  containers: string[];
  /** The text in `content` that stands for the zone's serial; deploy fills in old + 1 when the rest differs. */
  serialPlaceholder?: string;
}

export interface Directory {
  /** Absolute path on the host. */
  path: string;
  mode: string;
  uid: number;
  gid: number;
  /** data is what `destroy` keeps and what a move would lose; config is rendered; cache can be had again. */
  purpose: 'data' | 'config' | 'cache';
}

/** What a plan that changes something says, if the host is as described here. */
export interface DefinedWarning extends Warning {
  /** Absolute path: only where the host has this file, which is not read. */
  ifFile?: string;
  /** Not where the compose.yaml that the host has now holds this text. */
  unlessDeployed?: string;
}

/** What a service is on one host. */
export interface ServiceModel {
  containers: Record<string, Container>;
  files: DefinedFile[];
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
  /** Models of Ollama that must be there: pulled once the container is healthy. */
  pullModels: string[];
  probes: Probe[];
  /** Default: none. */
  warnings?: DefinedWarning[];
}

/** A service in code: pure, one per folder of `apps/`. */
export interface Definition<Options = unknown> {
  options: z.ZodType<Options>;
  render(context: RenderContext<Options>): ServiceModel;
}

/** Types a definition; `apps/<service>/service.ts` exports its result as default. */
export function defineService<Options>(definition: Definition<Options>): Definition<Options> {
  return definition;
}
