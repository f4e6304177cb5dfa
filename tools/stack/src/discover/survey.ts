/** A running container, as far as discovery looks at it. */
export interface SurveyedContainer {
  name: string;
  image: string;
  labels: Record<string, string>;
  networks: string[];
  /** Flags of Traefik about entrypoints, resolvers (names only) and its network. */
  arguments: string[];
  /** Where its OpenID login is looked up. */
  loginUrl?: string;
}

export interface SurveyedGpu {
  device: string;
  memoryGiB: number;
  model: string;
}

/** The static configuration of a Traefik, read from its file. */
export interface TraefikFile {
  path: string;
  entrypoints: Record<string, string>;
  resolvers: string[];
  network?: string;
}

/** What one host says about itself. */
export interface Survey {
  host: string;
  /** The address under which our connection reached it. */
  reachedAt?: string;
  /** Its addresses on real interfaces, as `address` and `interface`. */
  addresses: { address: string; interface: string }[];
  /** The servers that it asks, without loopback. */
  nameservers: string[];
  /** Who listens on port 53, one line each. */
  port53: { socket: string; owner: string }[];
  /** Fingerprints of its host keys, as `ssh-keygen -lf` prints them. */
  hostKeys: string[];
  gpus: SurveyedGpu[];
  /** GPU device files, which show a GPU without nvidia-smi. */
  gpuDevices: string[];
  /** How it resolves the names of all hosts. */
  resolved: { name: string; addresses: string[] }[];
  /** The engine's version, or why there is none. */
  engine: string;
  containers: SurveyedContainer[];
  traefikFiles: TraefikFile[];
}
