import type { Release } from '@ai-stack/core';
import { differencesOf, findImage } from '@ai-stack/docker';
import type { HostFacts } from '../facts/host-facts';
import { ownContainers } from '../facts/own-containers';
import { composePath } from '../state-files';
import type { Change } from './change';
import { environmentKeysByContainer } from './compose-file';
import { diffRunning, finishedOf, replaceAnyway, servingOf } from './container';
import { boundSettings } from './open-files';
import { canStartFirst } from './start-first';

/** What happens to each container, given the files and the keys of `.env` that are written. */
export function planContainers(
  release: Release,
  facts: HostFacts,
  written: { files: readonly Change<'file'>[]; changedKeys: readonly string[] },
  isReplaced: boolean,
): (Change<'container'> | Change<'removed-container'>)[] {
  const wanted = release.containers.map(({ name }) => name);
  const removed = ownContainers(release, facts)
    .filter(({ service }) => !wanted.includes(service ?? ''))
    .map(({ name }): Change<'removed-container'> => {
      const reason = `${release.service} no longer has it`;
      return { kind: 'removed-container', verb: 'remove', reason, name };
    });
  return [...diffContainers(release, facts, written, isReplaced), ...removed];
}

function diffContainers(
  release: Release,
  facts: HostFacts,
  { files, changedKeys }: Parameters<typeof planContainers>[2],
  isReplaced: boolean,
): Change<'container'>[] {
  const own = ownContainers(release, facts);
  // Reading the file again takes longer than all the rest of a plan.
  const keys = changedKeys.length === 0 ? {} : environmentKeysByContainer(release);
  const service = facts.services[release.service];
  // An interrupted deploy may have recreated them: then the record says nothing of what runs.
  const recorded = service?.journal === undefined ? service?.current : undefined;
  // compose.yaml is not a mount: what it changes shows in the labels.
  const rewritten = files.filter(
    ({ file, isRewritten }) =>
      isRewritten && file.onChange === 'recreate' && file.path !== composePath(release),
  );
  return release.containers.map((wanted) => {
    const present = own.filter((fact) => fact.service === wanted.name);
    const serving = servingOf(present);
    const settings = release.settings?.[wanted.name];
    const identity = { project: release.project, service: wanted.name };
    const compared = diffRunning(wanted, present, {
      differences:
        serving === undefined || settings === undefined
          ? []
          : differencesOf(identity, serving, boundSettings(settings, facts.openFilesLimit)),
      imageId: findImage(facts.engine.images, wanted.image)?.id,
      manifestConfigHash: recorded?.containers.find((container) => container.name === wanted.name)
        ?.configHash,
      rewrittenFiles: rewritten
        .filter(({ file }) => file.containers.includes(wanted.name))
        .map(({ file }) => file.path),
      changedKeys: changedKeys.filter((key) => keys[wanted.name]?.includes(key)),
    });
    const verdict = isReplaced ? replaceAnyway(compared) : compared;
    const isStartFirst = canStartFirst(release, wanted, finishedOf(present), verdict);
    const reason = `${verdict.reason}${isStartFirst ? '; the new one starts first' : ''}`;
    return { ...verdict, kind: 'container', name: wanted.name, reason, isStartFirst };
  });
}
