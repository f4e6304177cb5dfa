import type { DefinedWarning, Release, Warning } from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';
import { composePath } from '../state-files';

/** What an operator should know before this release is deployed on its host. Pure. */
export function planWarnings(release: Release, facts: HostFacts): Warning[] {
  return (release.warnings ?? [])
    .filter((warning) => isMet(warning, facts, facts.contents[composePath(release)]))
    .map(({ reason, fix }) => ({ reason, fix }));
}

function isMet(
  { ifFile, unlessDeployed }: DefinedWarning,
  facts: HostFacts,
  deployed: string | undefined,
): boolean {
  if (ifFile !== undefined && facts.paths[ifFile] === undefined) return false;
  return unlessDeployed === undefined || deployed?.includes(unlessDeployed) !== true;
}
