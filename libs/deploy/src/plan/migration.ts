import type { Release } from '@ai-stack/core';
import type { SemVer } from 'semver';
import coerce from 'semver/functions/coerce';
import diff from 'semver/functions/diff';
import lt from 'semver/functions/lt';
import type { Manifest } from '../state-files';

/** Which change of version changes the data, so that the earlier program cannot read it any more. */
type MigrationPolicy = Release['migration'];

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
export function migrationsBetween(recorded: Manifest, wanted: Release): Step[] {
  return wanted.containers.flatMap(({ name, image }) => {
    const before = recorded.containers.find((one) => one.name === name)?.image;
    if (before === undefined) return [];
    const step = stepBetween(before, image, wanted.migration);
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
  if (from === null || to === null) return { isDown: true, isKnown: false, isWide: true };
  const part = diff(from, to);
  if (part === null || (part === 'patch' && policy === 'each-minor')) return undefined;
  const isWide = part === 'major' || Math.abs(to.minor - from.minor) > 1;
  return { isDown: lt(to, from), isKnown: true, isWide };
}

/** Of a tag that is a version, such as `v1.19.0-unprivileged`: its numbers; null: of any other. */
function versionOf(image: string): SemVer | null {
  const tag = /:v?(\d+\.\d+(?:\.\d+)?)(?:[-+][^@/]*)?(?:@.*)?$/.exec(image);
  return coerce(tag?.[1]);
}
