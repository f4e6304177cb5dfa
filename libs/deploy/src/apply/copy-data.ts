import { composeStop } from '@ai-stack/docker';
import { composeProject } from './compose';
import type { ApplyStep, Work } from './context';
import { migrationsBetween } from '../plan/migration';
import type { PlannedRelease } from '../plan/plan-release';

/** `$1` where the copy will be, then directories: whether there is room for a copy of them. */
export const spaceScript = `set -eu
LC_ALL=C; export LC_ALL
root=$1
shift
need=$(du -skc -- "$@" | tail -n 1 | cut -f 1)
set -- $(df -Pk -- "$root" | tail -n 1)
if [ "$need" -gt "$4" ]; then
  echo "a copy of its data needs $((need / 1024)) MiB, and $(($4 / 1024)) MiB are free: No space left on device" >&2
  exit 74
fi`;

/**
 * `$1` keep or replace, `$2` the copy, then directories. A copy is there whole or not at all, and the newest alone
 * stays.
 */
export const copyScript = `set -eu
umask 077
mode=$1 copy=$2
shift 2
if [ "$mode" = keep ] && [ -d "$copy" ]; then exit 0; fi
rm -rf -- "$copy.new"
mkdir -p -- "$copy.new"
for directory; do cp -a --reflink=auto -- "$directory" "$copy.new/"; done
sync
rm -rf -- "$copy"
mv -- "$copy.new" "$copy"
for other in "\${copy%/*}"/*; do
  if [ "$other" != "$copy" ]; then rm -rf -- "$other"; fi
done`;

const hourMs = 3_600_000;

/** A copy of the data that a release is about to change. */
interface DataCopy {
  /** Where it is, or will be. */
  path: string;
  directories: string[];
  /** Of an interrupted deploy: the directories may have changed already. */
  isKept: boolean;
}

/** What has to be copied before a release starts; undefined: it changes no data, or there is none yet. Pure. */
export function planCopy(
  planned: Pick<PlannedRelease, 'release' | 'facts'>,
  dataRoot: string,
): DataCopy | undefined {
  const { release, facts } = planned;
  const service = facts.services[release.service];
  const recorded = service?.current;
  if (recorded === undefined) return undefined;
  // On a downgrade the operator has already restored a copy; keep it as the restore point.
  const goesUp = migrationsBetween(recorded, release).some(
    ({ isDown, isKnown }) => !isDown || !isKnown,
  );
  if (!goesUp) return undefined;
  const directories = release.directories
    .filter(({ path, purpose }) => purpose === 'data' && facts.paths[path] !== undefined)
    .map(({ path }) => path);
  if (directories.length === 0) return undefined;
  return {
    path: `${dataRoot}/${release.service}/.copies/${recorded.release}`,
    directories,
    isKept: service?.journal !== undefined,
  };
}

function copyOf({ planned, deps }: Work): DataCopy | undefined {
  return planCopy(planned, deps.dataRoot);
}

/** Refuses while the old release still runs when there is no room for the copy. */
export const measureCopy: ApplyStep = {
  name: 'copy',
  text: () => 'measuring the data to copy',
  isNeeded: (work) => copyOf(work) !== undefined,
  run: async (work) => {
    const { planned, deps } = work;
    const root = `${deps.dataRoot}/${planned.release.service}`;
    const directories = copyOf(work)?.directories ?? [];
    await deps.connection.script(spaceScript, [root, ...directories], {
      timeoutMs: hourMs,
      doing: 'making room for a copy of its data',
    });
  },
};

/** Stops the service and copies its data, so that the earlier version can have it back. */
export const copyData: ApplyStep = {
  name: 'copy',
  text: (work) => `stopping it and copying its data to ${copyOf(work)?.path ?? ''}`,
  isNeeded: (work) => copyOf(work) !== undefined,
  run: async (work) => {
    const { planned, deps } = work;
    const copy = copyOf(work);
    if (copy === undefined) return;
    const options = { before: deps.fence, timeoutMs: hourMs };
    const stop = composeStop(composeProject(planned));
    await deps.connection.script('exec "$@"', stop, { ...options, doing: 'stopping it' });
    const args = [copy.isKept ? 'keep' : 'replace', copy.path, ...copy.directories];
    const doing = 'copying its data';
    await deps.connection.script(copyScript, args, { ...options, doing });
  },
};
