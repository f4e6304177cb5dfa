import { composeStop } from '@ai-stack/docker';
import { tellStep, type ApplyDeps } from './context';
import { copyScript, spaceScript } from './scripts';
import { composePlace } from './compose-place';
import { migrationsBetween } from '../plan/migration';
import type { PlannedRelease } from '../plan/plan-release';

const hourMs = 3_600_000;

/** A copy of the data that a release is about to change. */
export interface DataCopy {
  /** Where it is, or will be. */
  path: string;
  folders: string[];
  /** Of an interrupted deploy: what stands in the folders now may be changed already. */
  isKept: boolean;
}

/** What has to be copied before a release starts; undefined: it changes no data, or there is none yet. Pure. */
export function planCopy(planned: PlannedRelease, dataRoot: string): DataCopy | undefined {
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

/** Refuses while the old release still runs when there is no room for the copy. Throws a StackError. */
export async function checkCopySpace(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  const copy = planCopy(planned, deps.dataRoot);
  if (copy === undefined) return;
  tellStep(planned, deps, 'copy', 'measuring its data, of which a copy is made');
  const root = `${deps.dataRoot}/${planned.release.service}`;
  await deps.connection.script(spaceScript, [root, ...copy.folders], {
    timeoutMs: hourMs,
    doing: 'making room for a copy of its data',
  });
}

/** Stops the service and copies its data, so that the earlier version can have it back. Throws a StackError. */
export async function copyData(planned: PlannedRelease, deps: ApplyDeps): Promise<void> {
  const copy = planCopy(planned, deps.dataRoot);
  if (copy === undefined) return;
  tellStep(planned, deps, 'copy', `stopping it and copying its data to ${copy.path}`);
  const place = composePlace(planned.release, planned.env.text !== undefined);
  const options = { before: deps.fence, timeoutMs: hourMs };
  await deps.connection.script('exec "$@"', composeStop(place), {
    ...options,
    doing: 'stopping it',
  });
  await deps.connection.script(
    copyScript,
    [copy.isKept ? 'keep' : 'anew', copy.path, ...copy.folders],
    {
      ...options,
      doing: 'copying its data',
    },
  );
}
