/** A container as the engine reports it, ours or not. */
export interface ContainerFact {
  id: string;
  name: string;
  /** The project and the name under which it was described; undefined for a container that was made by hand. */
  project: string | undefined;
  service: string | undefined;
  image: string;
  imageId: string;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** none: the container has no health check. */
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  restartCount: number | undefined;
  labels: Record<string, string>;
  /** Bind mounts: paths on the host. */
  mountSources: string[];
  ports: { address: string; port: number; protocol: string }[];
  /** Names of the networks that it is in, also when it is stopped. */
  networks: string[];
  /** Known only from an inspection; undefined: it was not inspected. */
  settings?: InspectedSettings;
  /** Why the engine could not start it the last time, in its words; known only from an inspection. */
  startError?: string;
  /** Its address in each network that it is in, by network name; a stopped container has none. */
  addresses: Record<string, string>;
}

/** How a container was set up, or changed since by `docker update` and `docker network connect`. */
interface InspectedSettings {
  /** By network. */
  aliases: Record<string, string[]>;
  /** 0: no limit. */
  memoryBytes: number;
  /** 0: no limit. */
  cpus: number;
  restart: string;
  /** undefined: none is set, and the engine's own holds. */
  openFiles?: number | undefined;
  /** Further limits that are set, each as `name value`; we never set one. */
  otherLimits: string[];
}

export interface ImageFact {
  id: string;
  /** `name:tag` as tagged here. */
  tags: string[];
  /** `name@sha256:...` */
  digests: string[];
}

/** Where an engine pulls from, besides what the name of an image says. */
export interface RegistrySettings {
  /** Base addresses that are asked for images of Docker Hub before Docker Hub itself, in this order. */
  mirrors: string[];
  /** `host[:port]` and ranges of addresses of registries without a certificate that the engine has to trust. */
  insecure: string[];
}

/** A network as the engine reports it, ours or not. */
export interface NetworkFact {
  name: string;
  labels: Record<string, string>;
  /** Its ranges, such as 172.18.0.0/16; that of IPv6 among them. */
  subnets: string[];
  /** undefined: the engine's own, 1500. */
  mtu?: number;
  hasIpv6: boolean;
}

/** What the engine of a host says. Everything sorted, so that equal hosts give equal facts. */
export interface EngineFacts {
  engineVersion: string;
  apiVersion: string;
  /** As images name it, such as amd64. */
  architecture: string;
  registries: RegistrySettings;
  hasNvidiaRuntime: boolean;
  containers: ContainerFact[];
  images: ImageFact[];
  networks: NetworkFact[];
}
