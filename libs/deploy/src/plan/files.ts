import { createHash } from 'node:crypto';
import type { Release, ReleaseFile, Verb } from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';
import { composePath } from '../state-files';
import type { Change } from './change';
import { short } from './container';
import { boundOpenFiles } from './open-files';
import { renderSerial } from './serial';

/** Compares every rendered file with the host's; `today` is for a first serial. */
export function planFiles(release: Release, facts: HostFacts, today: Date): Change<'file'>[] {
  return release.files.map((file) => planFile(file, release, facts, today));
}

/** Files that an earlier release left and this one no longer has. */
export function planRemovedFiles(release: Release, facts: HostFacts): Change<'removed-file'>[] {
  const wanted = new Set(release.files.map((file) => file.path));
  const recorded = facts.services[release.service]?.current?.files ?? [];
  return recorded
    .filter(({ path }) => !wanted.has(path) && facts.paths[path] !== undefined)
    .map(({ path }) => ({
      kind: 'removed-file',
      verb: 'remove',
      reason: 'the release no longer has it',
      path,
    }));
}

/** Files that Compose would read besides ours when it is run by hand in the directory. */
export function planStrayFiles(release: Release, facts: HostFacts): Change<'stray-file'>[] {
  return strayFilesOf(release.stackDirectory, facts).map((path) => ({
    kind: 'stray-file',
    verb: 'remove',
    reason: `Compose would read it in addition to compose.yaml; it is moved to ${awayPathOf(path)}`,
    path,
    awayPath: awayPathOf(path),
  }));
}

/** Those in one directory of the stack root. */
export function strayFilesOf(directory: string, facts: Pick<HostFacts, 'strayFiles'>): string[] {
  return facts.strayFiles.filter((path) => path.startsWith(`${directory}/`));
}

/** Where a file that is not ours is put, so that nothing of it is lost. */
function awayPathOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash)}/.stack/${path.slice(slash + 1)}.away`;
}

function planFile(
  file: ReleaseFile,
  release: Release,
  facts: HostFacts,
  today: Date,
): Change<'file'> {
  const { content, serial } = fill(file, release, facts, today);
  const writtenSha256 = sha256(content);
  const fact = facts.paths[file.path];
  const before = fact?.kind === 'file' ? fact.sha256 : undefined;
  const work = { kind: 'file', file, content, writtenSha256, serial } as const;
  const change = (verb: Verb, reason: string): Change<'file'> => ({
    ...work,
    isRewritten: before !== writtenSha256,
    verb,
    reason,
    ...(verb !== 'keep' && {
      before: before && short(before),
      after: serial === undefined ? short(writtenSha256) : `serial ${serial}`,
    }),
  });
  if (fact === undefined) return change('create', 'there is none');
  if (fact.kind !== 'file') return change('create', 'it is not a file');
  if (before !== writtenSha256)
    return change('update', contentReason(file, release, facts, fact.sha256));
  if (!isSameMode(fact.mode, file.mode)) {
    return change('update', `its mode is ${fact.mode}, not ${file.mode}`);
  }
  return change('keep', 'equal');
}

function contentReason(
  file: ReleaseFile,
  release: Release,
  facts: HostFacts,
  seen: string,
): string {
  const service = facts.services[release.service];
  const recorded = service?.current?.files.find((recordedFile) => recordedFile.path === file.path);
  // An interrupted deploy may have written it.
  if (service?.journal !== undefined) return 'its content changed';
  if (recorded !== undefined && recorded.writtenSha256 !== seen) {
    const kept = `${release.stackDirectory}/.stack/releases/${service?.current?.release ?? ''}/files`;
    return `it was changed on the host; the deployed content is in ${kept}${file.path}`;
  }
  return 'its content changed';
}

function fill(
  file: ReleaseFile,
  release: Release,
  facts: HostFacts,
  today: Date,
): { content: string; serial: number | undefined } {
  const { serialPlaceholder } = file;
  if (file.path === composePath(release))
    return { content: boundOpenFiles(file.content, facts.openFilesLimit), serial: undefined };
  if (serialPlaceholder === undefined) return { content: file.content, serial: undefined };
  const recorded = facts.services[release.service]?.current?.files.find(
    (recordedFile) => recordedFile.path === file.path,
  )?.serial;
  return renderSerial({ ...file, serialPlaceholder }, facts.contents[file.path], recorded, today);
}

/** Modes as numbers, so that 755 and 0755 are the same. */
export function isSameMode(left: string, right: string): boolean {
  return parseInt(left, 8) === parseInt(right, 8);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
