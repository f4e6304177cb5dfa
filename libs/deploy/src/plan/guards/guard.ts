import type { Blocked, Gpu, Release } from '@ai-stack/core';
import type { HostFacts } from '../../facts/host-facts';

/** What the guards know beside the release and its host's facts. */
export interface GuardContext {
  stackRoot: string;
  dataRoot: string;
  /** GPUs of the host by the inventory. */
  gpus: readonly Gpu[];
  /** All releases wanted on this host, this one among them. */
  releasesOnHost: readonly Release[];
  /** Hosts on which the inventory places this service. */
  placedOn: readonly string[];
  /** Facts of every host that was asked. */
  allFacts: readonly HostFacts[];
  /** Hosts of the environment that were asked and did not answer. */
  silentHosts?: readonly string[];
}

/** A named predicate: what of a release its host cannot have. Pure. */
export type Guard = (release: Release, facts: HostFacts, context: GuardContext) => Blocked[];

/** A number of GiB as a person reads it. */
export function formatGiB(gibibytes: number): string {
  return String(Math.round(gibibytes * 100) / 100);
}
