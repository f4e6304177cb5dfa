import { createHash } from 'node:crypto';

/** SHA-256 of a text, as hex digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** SHA-256 of a plain value, independent of the order of its keys. */
export function hashOf(value: unknown): string {
  return sha256(JSON.stringify(sortKeys(value)));
}

/** A record without some of its keys. */
export function without<Fields extends object, Key extends keyof Fields>(
  fields: Fields,
  ...keys: Key[]
): Omit<Fields, Key> {
  const left = Object.entries(fields).filter(([key]) => !keys.includes(key as Key));
  return Object.fromEntries(left) as Omit<Fields, Key>;
}

/** The same value with the keys of every object in order; `undefined` is left out. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sortKeys(entry)]),
  );
}
