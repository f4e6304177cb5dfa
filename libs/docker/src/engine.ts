import type { ReleaseNetwork } from '@ai-stack/core';
import type { ContainerFact, EngineFacts } from './facts';

/** What a container has used since it started. */
export interface ContainerUsage {
  cpuSeconds: number;
  /** Bytes read from and written to block devices; 0 where the kernel does not count them. */
  blockBytes: number;
}

/** What a network is made with; the engine decides on what is left out. */
export type NetworkRequest = Omit<ReleaseNetwork, 'ours'>;

export interface PullProgress {
  image: string;
  /** Bytes, summed over the layers known so far. */
  done: number;
  total: number;
  /** Of the layers that came with this pull; all of them are downloaded when `done` is `total`. */
  unpacked: number;
  layers: number;
}

/** The engine of one host, over the forwarded socket; every method has a deadline and throws StackErrors with the host. */
export interface Engine {
  readonly host: string;
  /**
   * One round trip: the calls run in parallel. With `project-service` of containers whose settings are wanted, too,
   * those are inspected by the name that a first one gets; only one with a later number costs a second.
   */
  collectFacts(inspected?: readonly string[]): Promise<EngineFacts>;
  /** Containers of one project, with health and restart count read by inspect. */
  inspectProject(project: string): Promise<ContainerFact[]>;
  /** Last lines of a container's output, both streams, without colour codes. */
  logs(containerId: string, lines: number): Promise<string[]>;
  /** One look at what a container has used so far. */
  usage(containerId: string): Promise<ContainerUsage>;
  /** Last outputs of the health check, oldest first. */
  healthLog(containerId: string): Promise<string[]>;
  pullImage(image: string, onProgress: (progress: PullProgress) => void): Promise<void>;
  /** Puts a further local tag on an image, so that pruning cannot remove it. */
  tagImage(image: string, repository: string, tag: string): Promise<void>;
  removeImageTag(reference: string): Promise<void>;
  /** One of this name that exists stays as it is. */
  createNetwork(network: NetworkRequest, labels: Record<string, string>): Promise<void>;
  removeNetwork(name: string): Promise<void>;
  /** Calls back on every state or health change of the project's containers until `signal` aborts. */
  watch(project: string, onEvent: () => void, signal: AbortSignal): Promise<void>;
}
