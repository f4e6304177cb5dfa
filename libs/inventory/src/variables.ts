import { badInput, type StackError } from '@ai-stack/core';
import { nearest } from './nearest';
import { mapScalars } from './values';
import type { Path, YamlFile } from './yaml-file';

export type Variables = Record<string, string | undefined>;

/** The keys whose values are addresses, by kind of file; `*` is any index. */
export const addressKeys = {
  host: ['address'],
  dns: ['server', 'upstreams.*'],
  ingress: ['lanRanges.*'],
} as const;

const reference = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}/;

/** Values of the declared variables: from outside, else the declared default. */
export function resolveVariables(
  declared: Readonly<Record<string, string>>,
  given: Variables,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(declared).map(([name, value]) => {
      const outside = given[name];
      return [name, outside === undefined || outside === '' ? value : outside];
    }),
  );
}

/**
 * Replaces `${NAME}` at the start of address values; everywhere else the text stays as it is.
 * Unknown variables become errors, and stay as they are.
 */
export function expandVariables(
  yaml: YamlFile,
  content: unknown,
  keys: readonly string[],
  variables: Readonly<Record<string, string>>,
): { content: unknown; errors: StackError[]; failed: Path[] } {
  const errors: StackError[] = [];
  const failed: Path[] = [];
  const expanded = mapScalars(content, (value, path) => {
    if (typeof value !== 'string' || !keys.includes(pattern(path))) return value;
    return value.replace(reference, (text, name: string) => {
      if (Object.hasOwn(variables, name)) return variables[name] ?? text;
      const names = Object.keys(variables);
      const near = nearest(name, names);
      failed.push(path);
      errors.push(
        badInput(`${text} is not a variable of this environment`, {
          where: yaml.where(path),
          fix:
            (near === undefined ? '' : `did you mean \${${near}}? `) +
            `declare it under variables in environment.yaml (declared: ${names.join(', ') || 'none'})`,
        }),
      );
      return text;
    });
  });
  return { content: expanded, errors, failed };
}

function pattern(path: Path): string {
  return path.map((key) => (typeof key === 'number' ? '*' : key)).join('.');
}
