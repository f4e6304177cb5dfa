import { badInput, nxRun, type StackError } from '@ai-stack/core';
import {
  isMap,
  isPair,
  isScalar,
  parseDocument,
  type Document,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { valueAt } from './values';
import type { Path, YamlFile } from './yaml-file';

/** A key of a user's file that this version reads otherwise than an earlier one. */
export interface MovedKey {
  /** The kind of file: its name, the directory `hosts` or `models`, or `options:<service>`. */
  file: 'environment' | 'dns' | 'ingress' | 'sso' | 'hosts' | 'models' | `options:${string}`;
  /** Dotted; `*` at the end is every key there. */
  key: string;
  change:
    | { kind: 'renamed'; to: string }
    | { kind: 'removed'; why: string }
    /** It has a default now: a value that is still TODO needs no answer. */
    | { kind: 'optional'; why: string }
    /** One value is written otherwise, from exactly these texts. */
    | { kind: 'value'; from: readonly string[]; to: string };
}

/**
 * All moved keys; a row stays until no operator updates from an earlier version. Each is tried in moved-keys.spec.ts.
 */
export const movedKeys: readonly MovedKey[] = [
  { file: 'environment', key: 'network', change: { kind: 'renamed', to: 'network.name' } },
  {
    file: 'ingress',
    key: 'entrypoint',
    change: { kind: 'optional', why: 'the default is websecure' },
  },
  {
    file: 'ingress',
    key: 'middleware',
    change: { kind: 'value', from: ['null', 'Null', 'NULL', '~'], to: 'none' },
  },
  {
    file: 'sso',
    key: 'applications.*',
    change: { kind: 'optional', why: 'the default is the name of the service, if that reads it' },
  },
  {
    file: 'sso',
    key: 'groups.users',
    change: { kind: 'optional', why: 'the default is ai-users' },
  },
  {
    file: 'sso',
    key: 'groups.admins',
    change: { kind: 'optional', why: 'the default is ai-admins' },
  },
  {
    file: 'models',
    key: 'gpu.device',
    change: { kind: 'optional', why: 'the default is "0", the first' },
  },
];

/** The rows about a file, by its path from the workspace root. */
function rowsFor(file: string, table: readonly MovedKey[]): MovedKey[] {
  const kind = kindOf(file);
  return table.filter((row) => row.file === kind);
}

function kindOf(file: string): string | undefined {
  const [, service] = /^apps\/([^/]+)\/environments\/[^/]+\.yaml$/.exec(file) ?? [];
  if (service !== undefined) return `options:${service}`;
  const [, directory, name] =
    /^libs\/inventory\/environments\/[^/]+\/(?:(hosts|models)\/)?([^/]+)\.yaml$/.exec(file) ?? [];
  return directory ?? name;
}

/** The environment that a file is about. */
function environmentOf(file: string): string {
  return (
    /^libs\/inventory\/environments\/([^/]+)\//.exec(file)?.[1] ??
    /\/environments\/([^/]+)\.yaml$/.exec(file)?.[1] ??
    ''
  );
}

/** Whether `stack:migrate` takes an open key out, because it needs no answer any more. */
export function needsNoAnswer(
  { file, key }: { file: string; key: string },
  table: readonly MovedKey[] = movedKeys,
): boolean {
  const all = key.replace(/[^.]+$/, '*');
  return rowsFor(file, table).some(
    (row) => [key, all].includes(row.key) && row.change.kind === 'optional',
  );
}

/** Whether a key became one of the keys below it: only as a single value it is the earlier one. */
function isInside(key: string, change: MovedKey['change']): boolean {
  return change.kind === 'renamed' && change.to.startsWith(`${key}.`);
}

/** The keys of a file that were renamed or removed, each with what to do. */
export function movedKeyErrors(
  yaml: YamlFile,
  table: readonly MovedKey[] = movedKeys,
): { errors: StackError[]; paths: Path[] } {
  const moved = rowsFor(yaml.file, table).flatMap(({ key, change }) => {
    const path = key.split('.');
    if (change.kind !== 'renamed' && change.kind !== 'removed') return [];
    const value = valueAt(yaml.content, path);
    if (value === undefined || (isInside(key, change) && typeof value === 'object')) return [];
    const isRenamed = change.kind === 'renamed';
    const error = badInput(
      isRenamed ? `${key} is called ${change.to} now` : `${key} was removed: ${change.why}`,
      {
        where: yaml.whereKey(path),
        fix:
          `${isRenamed ? `write ${change.to}` : 'remove it'}, or ` +
          nxRun(environmentOf(yaml.file), 'stack:migrate', '--write'),
      },
    );
    return [{ error, path }];
  });
  return { errors: moved.map(({ error }) => error), paths: moved.map(({ path }) => path) };
}

/** What a migration makes of a file. */
interface Migration {
  text: string;
  /** A line for each key that was changed. */
  changes: string[];
  /** Keys that a person has to decide on. */
  errors: StackError[];
}

/** Rewrites moved keys in the text of a file; comments and order stay. Text without them stays byte for byte. Pure. */
export function migrateText(
  text: string,
  file: string,
  table: readonly MovedKey[] = movedKeys,
): Migration {
  const document = parseDocument(text, { version: '1.2', schema: 'core' });
  const changes: string[] = [];
  const errors: StackError[] = [];
  if (document.errors.length > 0) return { text, changes, errors };
  for (const row of rowsFor(file, table).flatMap((item) => rowsOf(item, document))) {
    const done = migrateKey(document, row, file);
    if (typeof done === 'string') changes.push(done);
    else if (done !== undefined) errors.push(done);
  }
  return {
    text: changes.length === 0 ? text : writeYaml(document, text),
    changes,
    errors,
  };
}

/** The row for each key of the file that it is about. */
function rowsOf(row: MovedKey, document: Document.Parsed): MovedKey[] {
  if (!row.key.endsWith('.*')) return [row];
  const above = row.key.slice(0, -'.*'.length);
  const keys = mapAt(document, above.split('.'))?.items ?? [];
  return keys.flatMap(({ key }) =>
    isScalar(key) ? [{ ...row, key: `${above}.${String(key.value)}` }] : [],
  );
}

/** The text of an edited file, with the ends of lines that it had. */
export function writeYaml(document: Document, before: string): string {
  const after = document.toString({ lineWidth: 0 });
  return /\r\n/.test(before) ? after.replaceAll('\n', '\r\n') : after;
}

/** The change in words; an error where it cannot be made; undefined where there is nothing to change. */
function migrateKey(
  document: Document.Parsed,
  { key, change }: MovedKey,
  file: string,
): string | StackError | undefined {
  const path = key.split('.');
  const pair = pairAt(document, path);
  if (pair === undefined || (isInside(key, change) && !isScalar(pair.value))) return undefined;
  switch (change.kind) {
    case 'optional':
      if (!isScalar(pair.value) || pair.value.value !== 'TODO') return undefined;
      removePair(document, path);
      return `${key} may stay unset: ${change.why}`;
    case 'removed':
      removePair(document, path);
      return `${key} was removed: ${change.why}`;
    case 'value':
      if (!isScalar(pair.value) || !change.from.includes(pair.value.source ?? '')) return undefined;
      pair.value.value = change.to;
      return `${key}: ${change.to}`;
    case 'renamed': {
      const to = change.to.split('.');
      if (pairAt(document, to) !== undefined)
        return badInput(`both ${key} and ${change.to} are given`, {
          where: { file, key },
          fix: `remove ${key}, whose new name is ${change.to}`,
        });
      renamePair(document, pair, path, to);
      return `${key} is called ${change.to} now`;
    }
  }
}

function mapAt(document: Document.Parsed, path: Path): YAMLMap | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isMap(node) ? node : undefined;
}

function pairAt(document: Document.Parsed, path: Path): Pair | undefined {
  const parent = mapAt(document, path.slice(0, -1));
  return parent?.items.find(
    (item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1),
  );
}

function renamePair(document: Document.Parsed, pair: Pair, from: Path, to: Path): void {
  const isSameParent = from.slice(0, -1).join('.') === to.slice(0, -1).join('.');
  if (isSameParent && isScalar(pair.key)) {
    pair.key.value = to.at(-1);
    return;
  }
  const { value } = pair;
  removePair(document, from);
  document.setIn(to, value);
}

/** Takes a key out, and a map that is empty then; comments around it go to what follows. */
function removePair(document: Document.Parsed, path: Path, inner: string[] = []): void {
  const parent = mapAt(document, path.slice(0, -1));
  const pair = pairAt(document, path);
  if (parent === undefined || pair === undefined) return;
  const key = isScalar(pair.key) ? pair.key : undefined;
  const value = isScalar(pair.value) ? pair.value : undefined;
  const comments = [key?.commentBefore, ...inner, value?.comment].flatMap((text) => text ?? []);
  if (parent.items.length === 1 && path.length > 1) {
    const around = [parent.commentBefore, ...comments, parent.comment];
    removePair(
      document,
      path.slice(0, -1),
      around.flatMap((text) => text ?? []),
    );
    return;
  }
  const at = parent.items.indexOf(pair);
  const next = parent.items[at + 1]?.key;
  if (isScalar(next)) {
    next.commentBefore = joined([...comments, next.commentBefore]);
    next.spaceBefore = at > 0 && (key?.spaceBefore === true || next.spaceBefore === true);
  } else if (path.length === 1) document.comment = joined([...comments, document.comment]);
  else parent.comment = joined([...comments, parent.comment]);
  parent.items.splice(at, 1);
}

function joined(comments: readonly (string | null | undefined)[]): string | null {
  const all = comments.filter((text) => text !== null && text !== undefined && text !== '');
  return all.length === 0 ? null : all.join('\n');
}
