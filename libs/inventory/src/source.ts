import type { StackError, Where } from '@ai-stack/core';
import type { z, ZodType } from 'zod';
import { explainIssue, pathOf } from './explain-issue';
import { movedKeyErrors, type MovedKey } from './moved-keys';
import { fillOpenKeys, findOpenKeys, type Answer, type OpenKey } from './open-keys';
import { expandVariables } from './variables';
import { parseYamlFile, type Path } from './yaml-file';

/** One file of the inventory, checked by its schema; `value` is there when nothing is wrong or open. */
export interface Source<T> {
  /** From the file's name. */
  name: string;
  file: string;
  /** Variables replaced; unchecked. */
  content: unknown;
  value?: T;
  open: OpenKey[];
  errors: StackError[];
  where: (path: Path) => Where;
}

export interface SourceOptions {
  name: string;
  answers?: readonly Answer[];
  /** Keys with addresses, in which variables are replaced. */
  addressKeys?: readonly string[];
  variables?: Readonly<Record<string, string>>;
  /** Other moved keys than those of this version, for tests. */
  movedKeys?: readonly MovedKey[];
  /** Whether a file of comments alone means that every key is left out. */
  mayBeEmpty?: boolean;
}

/** Checks the text of one file; `file` is its path from the workspace root. */
export function parseSource<T>(
  text: string,
  file: string,
  schema: ZodType<T>,
  options: SourceOptions,
): Source<T> {
  const { name, answers = [], variables = {} } = options;
  const parsed = parseYamlFile(text, file);
  const isEmpty = parsed.content === null && options.mayBeEmpty === true;
  const yaml = isEmpty ? { ...parsed, content: {} } : parsed;
  const base = { name, file, where: yaml.where };
  if (yaml.errors.length > 0) return { ...base, content: undefined, open: [], errors: yaml.errors };
  const filled = fillOpenKeys(yaml, answers);
  const open = findOpenKeys({ ...yaml, content: filled });
  const { content, errors, failed } = expandVariables(
    yaml,
    filled,
    options.addressKeys ?? [],
    variables,
  );
  const result = schema.safeParse(content);
  const moved = movedKeyErrors(yaml, options.movedKeys);
  const passedOver = [...open.map(({ path }) => path), ...failed];
  const issues = (result.error?.issues ?? [])
    .filter((issue) => !isPassedOver(issue, passedOver))
    .flatMap((issue) => withoutMoved(issue, moved.paths));
  const explained = issues.flatMap((issue) => explainIssue(issue, { yaml, schema, content }));
  const all = [...errors, ...moved.errors, ...explained];
  const isWhole = result.success && open.length === 0 && all.length === 0;
  return { ...base, content, open, errors: all, ...(isWhole && { value: result.data }) };
}

/** Whether an issue only says what another error says already: the key is open, or its variable unknown. */
function isPassedOver(issue: z.core.$ZodIssue, paths: readonly Path[]): boolean {
  const at = pathOf(issue);
  return paths.some(
    (path) => startsWith(at, path) || (issue.code === 'invalid_union' && startsWith(path, at)),
  );
}

/** An unknown key that was renamed or removed has an error that says more. */
function withoutMoved(issue: z.core.$ZodIssue, moved: readonly Path[]): z.core.$ZodIssue[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  const at = pathOf(issue);
  const isMoved = (key: string) =>
    moved.some((path) => [...at, key].every((step, depth) => path[depth] === step));
  const keys = issue.keys.filter((key) => !isMoved(key));
  return keys.length === 0 ? [] : [{ ...issue, keys }];
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.every((key, at) => path[at] === key);
}
