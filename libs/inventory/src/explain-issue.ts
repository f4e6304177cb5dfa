import { badInput, type StackError } from '@ai-stack/core';
import type { z, ZodType } from 'zod';
import { knownKeys } from './known-keys';
import { nearest } from './nearest';
import { showValue, valueAt } from './values';
import type { Path, YamlFile } from './yaml-file';

type Issue = z.core.$ZodIssue;

/** The file that was checked: as written, and as the schema saw it. */
interface Checked {
  yaml: YamlFile;
  schema: ZodType;
  content: unknown;
}

/** Says what zod found in terms of the file: place, key, what is there, what is allowed, what was meant. */
export function explainIssue(issue: Issue, checked: Checked): StackError[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(key, path, checked));
  }
  if (issue.code === 'invalid_key') {
    return [
      badInput(`the key ${showValue(path.at(-1))} is not allowed: ${allowedKey(issue)}`, {
        where: checked.yaml.whereKey(path),
        fix: 'rename the key',
      }),
    ];
  }
  const value = valueAt(checked.content, path);
  if (path.length === 0 && value === null) return [emptyFile(checked)];
  const allowed = allowedBy(issue);
  if (value === undefined) return [missing(path, allowed, checked)];
  return [
    badInput(`found ${shown(value, path, checked)}, allowed: ${allowed}`, {
      where: checked.yaml.where(path),
      fix: fixOf(issue, value),
    }),
  ];
}

function emptyFile({ yaml, schema }: Checked): StackError {
  return badInput(`the file is empty, allowed: ${knownKeys(schema, []).join(', ')}`, {
    where: yaml.where([]),
    fix: 'write its keys; the environment lab has an example with every key explained',
  });
}

/** The path of an issue, without symbols, which YAML has none of. */
export function pathOf(issue: Issue): Path {
  return issue.path.filter((key) => typeof key !== 'symbol');
}

function unknownKey(key: string, path: Path, { yaml, schema }: Checked): StackError {
  const allowedKeys = knownKeys(schema, path);
  const near = nearest(key, allowedKeys);
  return badInput(
    `unknown key ${showValue(key)}, allowed: ${allowedKeys.join(', ') || 'no keys'}`,
    {
      where: yaml.whereKey([...path, key]),
      fix: near === undefined ? 'remove it' : `did you mean ${near}?`,
    },
  );
}

function missing(path: Path, allowed: string, { yaml }: Checked): StackError {
  const key = String(path.at(-1));
  return badInput(`the key ${key} is missing, allowed: ${allowed}`, {
    where: yaml.where(path),
    fix: `add ${key}: ...`,
  });
}

/** The value as written, with what its variables made of it. */
function shown(value: unknown, path: Path, { yaml }: Checked): string {
  const written = valueAt(yaml.content, path);
  return written === value || typeof value === 'object'
    ? showValue(value)
    : `${showValue(written)} (that is ${showValue(value)})`;
}

function fixOf(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const near = nearest(value, issue.values.map(String));
    if (near !== undefined) return `did you mean ${near}?`;
  }
  if (issue.code === 'invalid_type' && issue.expected === 'string' && isScalar(value)) {
    return `put it in quotes: "${String(value)}"`;
  }
  return 'change it to what is allowed';
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};
const formatNames: Record<string, string> = {
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  cidrv4: 'an IPv4 range such as 192.168.0.0/16',
  cidrv6: 'an IPv6 range such as fd00::/8',
  email: 'a mail address',
  url: 'a URL',
};

function allowedBy(issue: Issue): string {
  // A schema's own words are better than any that follow from its shape.
  if (!/^(?:Invalid|Too |Unrecognized|Expected)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return (
        formatNames[issue.format] ??
        (issue.pattern === undefined ? issue.format : `a text that matches ${issue.pattern}`)
      );
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_union':
      return unionOf(issue);
    default:
      return issue.message;
  }
}

function unionOf(issue: z.core.$ZodIssueInvalidUnion): string {
  const branches = issue.errors.map((branch) =>
    branch
      .map((inner) => (inner.path.length > 0 ? `${inner.path.join('.')}: ` : '') + allowedBy(inner))
      .join(' and '),
  );
  return [...new Set(branches)].filter((text) => text !== '').join(', or ') || issue.message;
}

function allowedKey(issue: z.core.$ZodIssueInvalidKey): string {
  return issue.issues.map(allowedBy).join(' and ');
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}
