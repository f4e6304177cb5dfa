import type { Release } from '@ai-stack/core';
import type { HostFacts } from '../../facts/host-facts';
import type { Guard } from './guard';
import { migrationsBetween } from '../migration';

/** An earlier version would find data that a later one has changed. */
export const downgrade: Guard = {
  name: 'downgrade',
  isOverridable: true,
  check: (release, facts) =>
    stepsOf(release, facts)
      .filter(({ isDown }) => isDown)
      .map(({ container, before, after }) => ({
        reason: `${container} went from an earlier version to ${before}, which changed its data: ${after} may not read it`,
        fix: `restore a copy of ${dataOf(release)} that was made before that update, or keep the later version`,
      })),
};

/** Some programs change their data from one minor version to the next alone. */
export const versionStep: Guard = {
  name: 'version-step',
  isOverridable: true,
  check: (release, facts) =>
    stepsOf(release, facts)
      .filter(({ isDown, isWide }) => !isDown && isWide && release.migration === 'each-minor')
      .map(({ container, before, after }) => ({
        reason: `${container} can be updated by one minor version at a time, and ${before} to ${after} is more`,
        fix: 'deploy the last patch of each minor version between them, one after the other',
      })),
};

function stepsOf(release: Release, facts: HostFacts) {
  const recorded = facts.services[release.service]?.current;
  return recorded === undefined ? [] : migrationsBetween(recorded, release);
}

/** The directories that a migration changes. */
function dataOf({ directories }: Pick<Release, 'directories'>): string {
  return directories
    .filter(({ purpose }) => purpose === 'data')
    .map(({ path }) => path)
    .join(', ');
}
