import { stringify } from 'yaml';

/**
 * Plain values as YAML with the given key order. Strings that any YAML version reads as something else (`yes`, `0755`,
 * `1_000`) are quoted, and no line is folded.
 */
export function renderYaml(value: unknown): string {
  return stringify(value, {
    schema: 'yaml-1.1',
    lineWidth: 0,
    aliasDuplicateObjects: false,
    singleQuote: false,
  });
}
