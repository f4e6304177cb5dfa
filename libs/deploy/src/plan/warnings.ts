import type { DefinedWarning, Release, Warning } from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';
import { composePath } from '../state-files';

/** What an operator should know before this release is deployed on its host. Pure. */
export function planWarnings(release: Release, facts: HostFacts): Warning[] {
  return warningsOf(release, facts, undefined);
}

/** The warnings of a release that hold on its host, and that block the plan by this guard; none: that block nothing. */
export function warningsOf(
  release: Release,
  facts: HostFacts,
  guard: DefinedWarning['guard'],
): Warning[] {
  return (release.warnings ?? [])
    .filter((warning) => warning.guard === guard)
    .filter((warning) => isMet(warning, facts, facts.contents[composePath(release)]))
    .map(({ reason, fix }) => ({ reason, fix }));
}

function isMet(
  { ifFile, ifDeployed, unlessDeployed }: DefinedWarning,
  facts: HostFacts,
  deployed = '',
): boolean {
  if (ifFile !== undefined && facts.paths[ifFile] === undefined) return false;
  if (ifDeployed !== undefined && !deployed.includes(ifDeployed)) return false;
  return unlessDeployed === undefined || !deployed.includes(unlessDeployed);
}
