import type { ClockSkew, Secret } from '@ai-stack/core';
import type { EngineFacts } from '@ai-stack/docker';
import type { Converged, Hold, Journal, Manifest } from '../state-files';

/** A path on the host; an absent one has no fact. A directory without a file anywhere below it is empty. */
export type PathFact =
  | { kind: 'file'; mode: string; uid: number; gid: number; sha256: string }
  | { kind: 'directory'; mode: string; uid: number; gid: number; isEmpty: boolean }
  | { kind: 'other'; mode: string; uid: number; gid: number };

/** What is in one directory of the stack root. */
export interface ServiceFacts {
  current: Manifest | undefined;
  journal: Journal | undefined;
  /** The owner of its lock now, in words: a deploy in progress; undefined: none. */
  running?: string;
  converged: Converged | undefined;
  /** The text of `.env`; undefined: there is none. */
  env: Secret | undefined;
  envSha256: string | undefined;
  /** Grows with each acquired lock; 0: it was never locked. */
  fence: number;
}

export interface ListeningPort {
  address: string;
  port: number;
  protocol: 'tcp' | 'udp';
}

interface GpuFact {
  index: string;
  uuid: string;
  memoryGiB: number;
}

/** Asked only when something is to be done, because it is slow: Compose takes 50 ms to print its version. */
export interface HostDetails {
  /** undefined: Compose is not installed. */
  composeVersion: string | undefined;
  gpus: GpuFact[];
  /** Version of the NVIDIA driver, such as 570.133.20; undefined: there is none, or it does not say. */
  gpuDriver?: string;
}

/** What a host says about itself. */
export interface HostFacts {
  host: string;
  engine: EngineFacts;
  /** Its clock, in seconds since 1970. */
  clockSeconds: number;
  /** The same against this machine's clock; undefined: not compared. */
  clockSkew?: ClockSkew;
  memoryGiB: number;
  /** The most open files that its engine can give to a container; undefined: as many as the kernel has. */
  openFilesLimit?: number;
  /** Whether a port can be opened on an address that the host does not have yet (`ip_nonlocal_bind`), by family. */
  bindsLateAddresses?: { ipv4: boolean; ipv6: boolean };
  /** Free GiB of the file system that holds each of the paths asked for. */
  freeGiB: Record<string, number>;
  /** Files in our directories that Compose would read besides compose.yaml when it is run there by hand. */
  strayFiles: string[];
  /** Whether there is a `<stackRoot>/compose.yaml` that was made by hand. */
  hasHandMadeStack: boolean;
  /** An operator asked that nothing be changed here. */
  hold: Hold | undefined;
  listening: ListeningPort[];
  services: Record<string, ServiceFacts>;
  paths: Record<string, PathFact>;
  /** Contents of the files that hold a serial; of all rendered files when a difference is wanted. */
  contents: Record<string, string>;
  /** Only known once something is to be done. */
  details?: HostDetails;
}

/** Where Docker keeps images and containers unless it was told otherwise. */
export const dockerRoot = '/var/lib/docker';
