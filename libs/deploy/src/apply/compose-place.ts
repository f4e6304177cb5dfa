import type { Release } from '@ai-stack/core';
import type { ComposePlace } from '@ai-stack/docker';

/** Where Compose finds a release; with `staging`, the files that wait there. A service without secrets has no `.env`. */
export function composePlace(release: Release, hasEnv: boolean, staging?: string): ComposePlace {
  const folder = staging ?? release.stackDirectory;
  return {
    project: release.project,
    directory: release.stackDirectory,
    file: `${folder}/compose.yaml`,
    keys: release.environmentKeys,
    envFile: hasEnv ? `${folder}/.env` : '/dev/null',
  };
}
