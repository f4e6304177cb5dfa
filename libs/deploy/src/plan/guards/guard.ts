import type { Blocked, Gpu, Release } from '@ai-stack/core';
import type { HostFacts } from '../../facts/host-facts';

/** What the guards know in addition to the release and the facts of its host. */
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

/** What a guard found. */
interface Finding {
  reason: string;
  fix: string;
  /** false: this one cannot be overridden, whatever its guard. */
  isOverridable?: false;
}

/** What of a release its host cannot have. */
export interface Guard {
  /** As `--allow` takes it where it can be overridden. */
  name: string;
  isOverridable: boolean;
  /** Pure. */
  check: (release: Release, facts: HostFacts, context: GuardContext) => Finding[];
}

/** What some guards have against a release, as its plan says it. Pure. */
export function blockedBy(
  guards: readonly Guard[],
  release: Release,
  facts: HostFacts,
  context: GuardContext,
): Blocked[] {
  return guards.flatMap(({ name, isOverridable, check }) =>
    check(release, facts, context).map((finding) => ({
      guard: isOverridable && finding.isOverridable !== false ? name : null,
      reason: finding.reason,
      fix: finding.fix,
    })),
  );
}

/** A number of GiB as an operator reads it. */
export function formatGiB(gibibytes: number): string {
  return String(Math.round(gibibytes * 100) / 100);
}
