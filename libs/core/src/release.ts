import type {
  DefinedWarning,
  Directory,
  GpuDriverNeed,
  ImageAssumptions,
  ServiceModel,
} from './definition';
import type { Probe } from './probe';
import type { SecretSpec } from './secret';

/** A rendered file, with its hash. */
export interface ReleaseFile {
  /** Absolute path on the host. */
  path: string;
  content: string;
  /** Of the content, with the serial's placeholder still in it. */
  sha256: string;
  mode: string;
  onChange: 'recreate' | 'reload' | 'none';
  containers: string[];
  serialPlaceholder?: string;
}

export interface ReleaseContainer {
  /** Unique within the service. */
  name: string;
  /** As rendered, registry mirror applied. */
  image: string;
  hasHealthcheck: boolean;
  /** How long it may take to become healthy: start period plus the failing checks after it. */
  healthDeadlineSeconds: number;
  /** A part of its start that is waited for beyond that, as long as it makes progress. */
  longStart?: { begins: string; ends: string; limitSeconds: number };
  /** Run in the container, makes its health check fail, so that Traefik leaves it. */
  drain?: string[];
  /** The label `ai-stack.content` on it: the hash of its description and of the files it mounts. */
  contentHash: string;
}

export interface PublishedPort {
  address: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

/** A Docker network as it is wanted; of one that others make only the name is known. */
export interface ReleaseNetwork {
  name: string;
  /** The stack's own, which deploy creates. */
  ours: boolean;
  /** IPv4 range. */
  subnet?: string;
  mtu?: number;
  /** Whether it has IPv6, or its IPv6 range. */
  ipv6?: boolean | string;
}

/** What the engine says of a container that was made as it was described. */
export interface ContainerSettings {
  /** By name, with the aliases that others find it by. */
  networks: { name: string; aliases: string[] }[];
  ports: PublishedPort[];
  /** 0: no limit. */
  memoryBytes: number;
  /** 0: no limit. */
  cpus: number;
  restart: string;
  /** A release that an earlier version kept has none. */
  openFiles?: number;
}

/** What a container needs of the configuration of its image: what is assumed of it, and what it is run with. */
export interface ImageNeeds extends ImageAssumptions {
  /** The user that the container sets in place of the image's. */
  user?: string;
  /** The container's ports to which Traefik or the host's port leads, as the image exposes them: `8080/tcp`. */
  ports: string[];
  /** Where it mounts something. */
  mounts: string[];
  /** The directories of the service that it writes to. */
  writes: Pick<Directory, 'path' | 'mode' | 'uid' | 'gid'>[];
  /** The program in the image that its health check runs. */
  healthProgram?: string;
}

/** One rendered service on one host: what deploy wants there. `manifest.json` is this without contents and probes. */
export interface Release {
  version: 1;
  environment: string;
  service: string;
  host: string;
  /** What its containers are grouped by on the host: `ai-<service>`. */
  project: string;
  /** `<stackRoot>/<service>` */
  stackDirectory: string;
  /** Also those from which the engine creates the containers; sorted by path. */
  files: ReleaseFile[];
  directories: Directory[];
  containers: ReleaseContainer[];
  /** External networks. */
  networks: ReleaseNetwork[];
  ports: PublishedPort[];
  /** Traefik router names that it declares. */
  routers: string[];
  secrets: SecretSpec[];
  /** The keys of `.env` that its containers read, sorted. */
  environmentKeys: string[];
  gpuMemory: { device: string; memoryGiB: number; reason: string }[];
  pullModels: string[];
  updateOrder: 'stop-first' | 'start-first';
  /** Of everything above. The release's id is its first 12 digits. */
  contentHash: string;
  /** Not hashed: it says what may be done with the release, not what it is. */
  migration: ServiceModel['migration'];
  /** Not hashed either. */
  warnings?: DefinedWarning[];
  /** Not hashed either. */
  gpuDriver?: GpuDriverNeed;
  /** By container. Not hashed: it follows from what is hashed. A release that an earlier version kept has none. */
  settings?: Record<string, ContainerSettings>;
  /** By container. Not hashed, as above. */
  imageNeeds?: Record<string, ImageNeeds>;
  /** What containers mount that is the operator's own, such as a directory of CAs; sorted. Not hashed, as above. */
  hostPaths?: string[];
  probes: Probe[];
}

/** Labels that we put on containers. */
export const labels = {
  content: 'ai-stack.content',
  environment: 'ai-stack.environment',
  service: 'ai-stack.service',
} as const;
