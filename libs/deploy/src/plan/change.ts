import type { Action, Release, ReleaseFile, Secret, Verb } from '@ai-stack/core';
import type { NetworkRequest } from '@ai-stack/docker';

/** What is to be done for one thing, and why; before and after never hold a secret. */
interface Decision {
  verb: Verb;
  reason: string;
  before?: string;
  after?: string;
}

/** What each kind of change carries, so that applying it needs nothing else. */
interface Work {
  network: { network: NetworkRequest };
  directory: { directory: Release['directories'][number] };
  image: { image: string };
  file: {
    file: ReleaseFile;
    /** The bytes that the host gets. */
    content: string;
    /** Of `content`. */
    writtenSha256: string;
    serial: number | undefined;
    /** Whether the bytes on the host differ; mode alone does not count. */
    isRewritten: boolean;
  };
  /** A file that an earlier release left. */
  'removed-file': { path: string };
  /** A file that is not ours, and goes to a place where it does no harm. */
  'stray-file': { path: string; awayPath: string };
  /** `.env` as a whole; the one place in a plan that holds secrets, and it is never printed. */
  env: {
    path: string;
    text: Secret;
    sha256: string;
    isRewritten: boolean;
    keys: (Decision & { key: string })[];
    /** The values of the release's secrets, by key. */
    values: ReadonlyMap<string, Secret>;
  };
  container: {
    name: string;
    /** Compose itself would see no reason to recreate it. */
    isForced: boolean;
    /** The new one starts next to it, and it goes when the new one is healthy. */
    isStartFirst: boolean;
  };
  /** A container that the release no longer has. */
  'removed-container': { name: string };
  model: { model: string };
  release: { id: string };
}

type ChangeKind = keyof Work;

type AnyChange = { [Kind in ChangeKind]: { kind: Kind } & Decision & Work[Kind] }[ChangeKind];

/** One change of a release on its host, or that there is none to make (`keep`), with all that applying it needs. */
export type Change<Kind extends ChangeKind = ChangeKind> = Extract<AnyChange, { kind: Kind }>;

/** The changes of one kind, with those that keep what is there. */
export function ofKind<Kind extends ChangeKind>(
  changes: readonly Change[],
  kind: Kind,
): Change<Kind>[] {
  return changes.filter((change): change is Change<Kind> => change.kind === kind);
}

/** The changes of one kind that change something. */
export function realChanges<Kind extends ChangeKind>(
  changes: readonly Change[],
  kind: Kind,
): Change<Kind>[] {
  return ofKind(changes, kind).filter(({ verb }) => verb !== 'keep');
}

/** A change as the JSON of a plan shows it; of `.env` an action for each key. */
export function actionsOf(change: Change): Action[] {
  switch (change.kind) {
    case 'network':
      return [action('network', change.network.name, change)];
    case 'directory':
      return [targetFirst('directory', change.directory.path, change)];
    case 'image':
      return [action('image', change.image, change)];
    case 'file':
      return [action('file', change.file.path, change)];
    case 'removed-file':
    case 'stray-file':
      return [action('file', change.path, change)];
    case 'env':
      return envActions(change);
    case 'container':
    case 'removed-container':
      return [action('container', change.name, change)];
    case 'model':
      return [action('model', change.model, change)];
    case 'release':
      return [targetFirst('release', change.id, change)];
  }
}

/** Where no key of it changes, the file itself may. */
function envActions({ keys, ...file }: Change<'env'>): Action[] {
  const actions = keys.map((key) => action('secrets', key.key, key));
  const isOnlyForm = file.verb !== 'keep' && keys.every(({ verb }) => verb === 'keep');
  return isOnlyForm ? [...actions, action('secrets', file.path, file)] : actions;
}

function action(kind: Action['kind'], target: string, { verb, reason, ...rest }: Decision): Action {
  return { kind, verb, target, reason, ...difference(rest) };
}

/** The JSON of these has always had its keys in another order. */
function targetFirst(
  kind: Action['kind'],
  target: string,
  { verb, reason, ...rest }: Decision,
): Action {
  return { kind, target, verb, reason, ...difference(rest) };
}

function difference({ before, after }: Pick<Decision, 'before' | 'after'>) {
  return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}
