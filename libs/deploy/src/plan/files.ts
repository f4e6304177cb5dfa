import { createHash } from 'node:crypto';
import type { Action, Release, ReleaseFile } from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';
import { short } from './container';
import { renderSerial } from './serial';

/** A rendered file with the bytes that the host gets, and what has to be done for it. */
export interface StagedFile {
  file: ReleaseFile;
  content: string;
  /** Of `content`. */
  writtenSha256: string;
  serial: number | undefined;
  /** Whether the bytes on the host differ; mode alone does not count. */
  isRewritten: boolean;
  action: Action;
}

/** Compares every rendered file with the host's; `today` is for a first serial. */
export function stageFiles(release: Release, facts: HostFacts, today: Date): StagedFile[] {
  return release.files.map((file) => stageFile(file, release, facts, today));
}

/** Files that an earlier release left and this one no longer has. */
export function planRemovedFiles(release: Release, facts: HostFacts): Action[] {
  const wanted = new Set(release.files.map((file) => file.path));
  const recorded = facts.services[release.service]?.current?.files ?? [];
  return recorded
    .filter(({ path }) => !wanted.has(path) && facts.paths[path] !== undefined)
    .map(({ path }) => ({
      kind: 'file',
      verb: 'remove',
      target: path,
      reason: 'the release no longer has it',
    }));
}

/** Files that Compose would read besides ours when somebody runs it in the folder. */
export function planStrayFiles(release: Release, facts: HostFacts): Action[] {
  return strayFilesOf(release.stackDirectory, facts).map((target) => ({
    kind: 'file',
    verb: 'remove',
    target,
    reason: `Compose would read it besides compose.yaml; it goes to ${awayPath(target)}`,
  }));
}

/** Those in one folder of the stack root. */
export function strayFilesOf(folder: string, facts: Pick<HostFacts, 'strayFiles'>): string[] {
  return facts.strayFiles.filter((path) => path.startsWith(`${folder}/`));
}

/** Where a file of somebody else is put, so that nothing of it is lost. */
export function awayPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash)}/.stack/${path.slice(slash + 1)}.away`;
}

function stageFile(file: ReleaseFile, release: Release, facts: HostFacts, today: Date): StagedFile {
  const { content, serial } = fill(file, release, facts, today);
  const writtenSha256 = sha256(content);
  const fact = facts.paths[file.path];
  const before = fact?.kind === 'file' ? fact.sha256 : undefined;
  const action = (verb: Action['verb'], reason: string): StagedFile => ({
    file,
    content,
    writtenSha256,
    serial,
    isRewritten: before !== writtenSha256,
    action: {
      kind: 'file',
      verb,
      target: file.path,
      reason,
      ...(verb !== 'keep' && {
        before: before && short(before),
        after: serial === undefined ? short(writtenSha256) : `serial ${serial}`,
      }),
    },
  });
  if (fact === undefined) return action('create', 'there is none');
  if (fact.kind !== 'file') return action('create', 'it is no file');
  if (before !== writtenSha256)
    return action('update', contentReason(file, release, facts, fact.sha256));
  if (!isSameMode(fact.mode, file.mode)) {
    return action('update', `its mode is ${fact.mode}, not ${file.mode}`);
  }
  return action('keep', 'equal');
}

function contentReason(
  file: ReleaseFile,
  release: Release,
  facts: HostFacts,
  seen: string,
): string {
  const service = facts.services[release.service];
  const recorded = service?.current?.files.find((one) => one.path === file.path);
  // An interrupted deploy may have written it.
  if (service?.pending !== undefined) return 'its content changed';
  if (recorded !== undefined && recorded.writtenSha256 !== seen) {
    const kept = `${release.stackDirectory}/.stack/releases/${service?.current?.release ?? ''}/files`;
    return `it was changed on the host; as deployed it stands in ${kept}${file.path}`;
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
  if (serialPlaceholder === undefined) return { content: file.content, serial: undefined };
  const recorded = facts.services[release.service]?.current?.files.find(
    (one) => one.path === file.path,
  )?.serial;
  return renderSerial({ ...file, serialPlaceholder }, facts.contents[file.path], recorded, today);
}

/** Modes as numbers, so that 755 and 0755 are the same. */
export function isSameMode(one: string, other: string): boolean {
  return parseInt(one, 8) === parseInt(other, 8);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
