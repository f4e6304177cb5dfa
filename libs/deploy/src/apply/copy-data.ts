import { composeStop } from '@ai-stack/docker';
import { composePlace } from './compose';
import type { ApplyStep, Work } from './context';
import { copyScript, spaceScript } from './copy-scripts';
import { migrationsBetween } from '../plan/migration';
import type { PlannedRelease } from '../plan/plan-release';

const hourMs = 3_600_000;

/** A copy of the data that a release is about to change. */
interface DataCopy {
  /** Where it is, or will be. */
  path: string;
  folders: string[];
  /** Of an interrupted deploy: what stands in the folders now may be changed already. */
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
  // Who goes down has put a copy back before, which stays the one to go back to.
  const goesUp = migrationsBetween(recorded, release).some(
    ({ isDown, isKnown }) => !isDown || !isKnown,
  );
  if (!goesUp) return undefined;
  const folders = release.directories
    .filter(({ path, purpose }) => purpose === 'data' && facts.paths[path] !== undefined)
    .map(({ path }) => path);
  if (folders.length === 0) return undefined;
  return {
    path: `${dataRoot}/${release.service}/.copies/${recorded.release}`,
    folders,
    isKept: service?.pending !== undefined,
  };
}

function copyOf({ planned, deps }: Work): DataCopy | undefined {
  return planCopy(planned, deps.dataRoot);
}

/** Refuses while the old release still runs when there is no room for the copy. */
export const measureCopy: ApplyStep = {
  name: 'copy',
  text: () => 'measuring its data, of which a copy is made',
  isNeeded: (work) => copyOf(work) !== undefined,
  run: async (work) => {
    const { planned, deps } = work;
    const root = `${deps.dataRoot}/${planned.release.service}`;
    const folders = copyOf(work)?.folders ?? [];
    await deps.connection.script(spaceScript, [root, ...folders], {
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
    const stop = composeStop(composePlace(planned));
    await deps.connection.script('exec "$@"', stop, { ...options, doing: 'stopping it' });
    const args = [copy.isKept ? 'keep' : 'anew', copy.path, ...copy.folders];
    const doing = 'copying its data';
    await deps.connection.script(copyScript, args, { ...options, doing });
  },
};
