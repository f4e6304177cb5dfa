import type { Release } from '@ai-stack/core';
import type { Manifest } from '../state-files';

/** Which change of version changes the data, so that the earlier program cannot read it any more. */
export type MigrationPolicy = Release['migration'];

interface Step {
  container: string;
  before: string;
  after: string;
  isDown: boolean;
  /** Whether both versions could be read: otherwise it may go either way, and counts as down. */
  isKnown: boolean;
  /** More than one minor at once, or another major. */
  isWide: boolean;
}

/** The containers whose data changes, or changed, between what is recorded and what is wanted. Pure. */
export function migrationsBetween(recorded: Manifest, release: Release): Step[] {
  return release.containers.flatMap(({ name, image }) => {
    const before = recorded.containers.find((container) => container.name === name)?.image;
    if (before === undefined) return [];
    const step = stepBetween(before, image, release.migration);
    return step === undefined ? [] : [{ container: name, before, after: image, ...step }];
  });
}

function stepBetween(
  before: string,
  after: string,
  policy: MigrationPolicy,
): Pick<Step, 'isDown' | 'isKnown' | 'isWide'> | undefined {
  if (policy === 'none' || before === after) return undefined;
  const [from, to] = [versionOf(before), versionOf(after)];
  // Which way an unreadable version goes is not known: neither back nor forth is taken for granted.
  if (from === undefined || to === undefined) return { isDown: true, isKnown: false, isWide: true };
  const [major, minor, patch] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const isMinor = major !== 0 || minor !== 0;
  if (!isMinor && (policy === 'each-minor' || patch === 0)) return undefined;
  const isDown = (major || minor || patch) < 0;
  return { isDown, isKnown: true, isWide: major !== 0 || Math.abs(minor) > 1 };
}

function versionOf(image: string): [number, number, number] | undefined {
  const tag = /:v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+][^@/]*)?(?:@.*)?$/.exec(image);
  return tag === null ? undefined : [Number(tag[1]), Number(tag[2]), Number(tag[3] ?? 0)];
}
