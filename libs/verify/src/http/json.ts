import type { HttpExpect } from '@ai-stack/core';
import { isListPath, selectPath } from '../select-path';

type JsonExpect = NonNullable<HttpExpect['json']>[number];

/** Whether a parsed body has what is expected at a path, and what is there. Lists are compared as sets. */
export function evaluateJson(
  value: unknown,
  expect: JsonExpect,
): { ok: boolean; observed: string } {
  const values = selectPath(value, expect.path).filter((item) => isMeant(item, expect.where));
  if (expect.where !== undefined && values.length === 0) {
    return { ok: false, observed: `${nameOf(expect)} is missing` };
  }
  const actual = isListPath(expect.path) ? values : values[0];
  const isThere = values.length > 0;
  const name = nameOf(expect);
  if (expect.equalKeys !== undefined) return evaluateKeys(name, values, expect.equalKeys);
  if (expect.exists !== undefined && isThere !== expect.exists) {
    return { ok: false, observed: isThere ? `${name} is there` : `${name} is missing` };
  }
  if ('equals' in expect) {
    if (!isThere && !Array.isArray(expect.equals)) {
      return { ok: false, observed: `${name} is missing` };
    }
    return evaluateEquals(name, actual, expect.equals);
  }
  if ('contains' in expect) {
    if (!isThere) return { ok: false, observed: `${name} is missing` };
    return { ok: contains(actual, expect.contains), observed: `${name} = ${write(actual)}` };
  }
  if (expect.containsOneOf !== undefined) {
    if (!isThere) return { ok: false, observed: `${name} is missing` };
    const ok = expect.containsOneOf.some((item) => contains(actual, item));
    return { ok, observed: `${name} = ${write(actual)}` };
  }
  return { ok: true, observed: isThere ? `${name} is there` : `${name} is missing` };
}

/** What is expected at one path, as a person would say it. */
export function formatJsonExpect(expect: JsonExpect): string {
  const name = nameOf(expect);
  if (expect.equalKeys !== undefined) return `${name} has ${expect.equalKeys.join(' = ')}`;
  if ('equals' in expect) return `${name} = ${write(expect.equals)}`;
  if ('contains' in expect) return `${name} contains ${write(expect.contains)}`;
  if (expect.containsOneOf !== undefined) {
    return `${name} contains ${expect.containsOneOf.map(write).join(' or ')}`;
  }
  return expect.exists === false ? `no ${name}` : `${name} is there`;
}

function nameOf({ path, where }: JsonExpect): string {
  const name = path === '' ? 'the body' : path;
  return where === undefined ? name : `${name} with ${where.key} ${write(where.equals)}`;
}

function isMeant(item: unknown, where: JsonExpect['where']): boolean {
  return where === undefined || write(valueAt(item, where.key)) === write(where.equals);
}

function valueAt(item: unknown, key: string): unknown {
  return selectPath(item, key)[0];
}

/** Two values that are missing are not equal: there is nothing to compare. */
function evaluateKeys(
  name: string,
  items: readonly unknown[],
  keys: readonly [string, string],
): { ok: boolean; observed: string } {
  const rows = items.map((item) => keys.map((key) => valueAt(item, key)));
  const ok =
    rows.length > 0 &&
    rows.every(([left, right]) => left !== undefined && write(left) === write(right));
  const shown = rows.map((row) =>
    row.map((value, at) => `${keys[at] ?? ''} = ${write(value)}`).join(', '),
  );
  return { ok, observed: `${name} has ${shown.join('; ') || 'nothing'}` };
}

function evaluateEquals(
  name: string,
  found: unknown,
  wanted: unknown,
): { ok: boolean; observed: string } {
  const observed = `${name} = ${write(found)}`;
  if (!Array.isArray(wanted) || !Array.isArray(found)) {
    return { ok: write(found) === write(wanted), observed };
  }
  const missing = without(wanted, found);
  const extra = without(found, wanted);
  const notes = [
    ...(missing.length > 0 ? [`missing ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`not expected ${extra.join(', ')}`] : []),
  ];
  if (notes.length === 0) return { ok: true, observed };
  return { ok: false, observed: `${name}: ${notes.join('; ')}` };
}

function contains(actual: unknown, wanted: unknown): boolean {
  if (typeof actual === 'string') return actual.includes(String(wanted));
  if (!Array.isArray(actual)) return write(actual) === write(wanted);
  return without(Array.isArray(wanted) ? wanted : [wanted], actual).length === 0;
}

function without(list: readonly unknown[], expected: readonly unknown[]): string[] {
  const there = new Set(expected.map(write));
  return [...new Set(list.map(write))].filter((item) => !there.has(item)).sort();
}

/** JSON with sorted keys, so that equal values give equal text. */
function write(value: unknown): string {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
