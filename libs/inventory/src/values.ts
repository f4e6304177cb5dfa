import type { Path } from './yaml-file';

/** The value at a path inside plain data; undefined where there is none. */
export function valueAt(content: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    content,
  );
}

/** The same data with every scalar replaced by what `change` makes of it. */
export function mapScalars(
  content: unknown,
  change: (value: unknown, path: Path) => unknown,
  path: Path = [],
): unknown {
  if (Array.isArray(content)) {
    return content.map((value, index) => mapScalars(value, change, [...path, index]));
  }
  if (typeof content === 'object' && content !== null) {
    // defineProperty as in the YAML parser: a key such as __proto__ stays a key, and the schema refuses it.
    const copy: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(content)) {
      const changed = mapScalars(value, change, [...path, key]);
      Object.defineProperty(copy, key, {
        value: changed,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return copy;
  }
  return change(content, path);
}

/** A value as one short line without control characters, for a message. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  const text = JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
