import { badInput, nxRun, type StackError } from '@ai-stack/core';
import { needsNoAnswer } from './moved-keys';
import { mapScalars } from './values';
import type { Path, YamlFile } from './yaml-file';

/** A key whose value nobody has given yet: it is exactly `TODO`. */
export interface OpenKey {
  /** Path from the workspace root. */
  file: string;
  /** Dotted path inside the file. */
  key: string;
  path: Path;
  line: number;
  column: number;
}

/** A value for an open key, such as discover finds. */
export interface Answer {
  file: string;
  key: string;
  value: unknown;
}

/** The open keys of a file, in its order. */
export function findOpenKeys(yaml: YamlFile): OpenKey[] {
  const openKeys: OpenKey[] = [];
  mapScalars(yaml.content, (value, path) => {
    if (value !== 'TODO') return value;
    const { line = 1, column = 1 } = yaml.where(path);
    openKeys.push({ file: yaml.file, key: path.join('.'), path, line, column });
    return value;
  });
  return openKeys;
}

/** The content with those open keys filled that have an answer. */
export function fillOpenKeys(yaml: YamlFile, answers: readonly Answer[]): unknown {
  return mapScalars(yaml.content, (value, path) => {
    if (value !== 'TODO') return value;
    const answer = answers.find(
      (candidate) => candidate.file === yaml.file && candidate.key === path.join('.'),
    );
    return answer === undefined ? value : answer.value;
  });
}

/** What an earlier version asked for and this one does not. */
function migrateHint(environment: string, open: readonly OpenKey[]): string {
  const needless = open.filter((openKey) => needsNoAnswer(openKey)).map(({ key }) => key);
  if (needless.length === 0) return '';
  const keys = [...new Set(needless)].join(', ');
  return `; ${nxRun(environment, 'stack:migrate', '--write')} removes those that may stay unset now: ${keys}`;
}

/** One error that lists every open key of an environment. */
export function openKeysError(environment: string, open: readonly OpenKey[]): StackError {
  const lines = open.map(({ file, line, column, key }) => `\n  ${file}:${line}:${column}  ${key}`);
  const what = open.length === 1 ? '1 key is' : `${open.length} keys are`;
  return badInput(`${what} still TODO:${lines.join('')}`, {
    where: { environment },
    fix: `${nxRun(environment, 'stack:discover')} looks them up on the hosts; or edit these lines${migrateHint(environment, open)}`,
  });
}
