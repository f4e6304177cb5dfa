import { Secret, StackError } from '@ai-stack/core';

/** The variables of a `.env`. */
export type EnvFile = ReadonlyMap<string, Secret>;

const assignment = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;
const blank = /^[ \t]*(?:#.*)?\r?$/;
const reference = /(?<!\\)\$(?:[A-Za-z_]|\{)/;

/**
 * Reads a `.env` as Docker Compose does (compose-go's dotenv, checked against Compose 2.26): quoted values in either
 * kind of quotes, plain ones up to ` #`. Throws a StackError with the line, never with its text: for what Compose
 * would refuse, and for references to other variables, which Compose would replace.
 */
export function parseEnv(text: string, file = '.env'): Map<string, string> {
  const values = new Map<string, string>();
  const refuse = (line: number, what: string): never => {
    throw new StackError(what, {
      where: { file, line },
      fix: "write it as KEY='value' on one line",
    });
  };
  text.split('\n').forEach((line, index) => {
    if (blank.test(line)) return;
    const start = assignment.exec(line);
    if (start === null) return refuse(index + 1, 'not a line of the form KEY=value');
    const parsed = parseValue(line.slice(start[0].length).replace(/\r$/, ''));
    if ('refused' in parsed) return refuse(index + 1, parsed.refused);
    values.set(start[1] ?? '', parsed.value);
  });
  return values;
}

/** The same with every value as a Secret. */
export function parseEnvFile(text: string, file?: string): EnvFile {
  return new Map([...parseEnv(text, file)].map(([key, value]) => [key, new Secret(value)]));
}

/**
 * A `.env` that Docker Compose and `parseEnv` read back as these values, sorted by key. Throws a StackError that names
 * the key for a value with a newline, a carriage return or a NUL: Compose would not get them as they are.
 */
export function formatEnv(values: Iterable<readonly [key: string, value: string]>): string {
  const sorted = [...values].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return sorted.map(([key, value]) => `${checkedKey(key)}=${formatValue(key, value)}\n`).join('');
}

function parseValue(rest: string): { value: string } | { refused: string } {
  const kind = rest[0];
  if (kind === "'" || kind === '"') return parseQuoted(rest, kind);
  if (reference.test(rest)) return { refused: 'the value refers to another variable' };
  return { value: rest.replace(/(?:^|[ \t])#.*$/, '').trim() };
}

/** In single quotes a backslash means something before a quote alone; after two of them a quote ends the value. */
function parseQuoted(rest: string, kind: string): { value: string } | { refused: string } {
  let raw = '';
  for (let at = 1; at < rest.length; at += 1) {
    const character = rest[at] ?? '';
    const next = rest[at + 1];
    if (character === kind) {
      const after = rest.slice(at + 1).trim();
      if (after !== '' && !after.startsWith('#')) return { refused: 'text after the last quote' };
      if (kind === "'") return { value: raw };
      if (reference.test(raw)) return { refused: 'the value refers to another variable' };
      return { value: unescape(raw) };
    }
    if (character === '\\' && next !== undefined) {
      at += 1;
      raw += kind === "'" && next === "'" ? next : character + next;
    } else raw += character;
  }
  return { refused: 'the value has no closing quote' };
}

function unescape(raw: string): string {
  const named: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return raw.replaceAll(/\\(.)/gs, (_, character: string) => named[character] ?? character);
}

function checkedKey(key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) throw new StackError(`${key} is not a variable name`);
  return key;
}

/** Single quotes keep everything but a backslash before a quote or at the end: that needs double ones. */
function formatValue(key: string, value: string): string {
  if (/[\n\r\0]/.test(value)) {
    throw new StackError(`the value of ${key} has more than one line`, {
      where: { key },
      fix: 'give a value without line breaks, such as its base64 form',
    });
  }
  if (!/\\(?:'|$)/.test(value)) return `'${value.replaceAll("'", "\\'")}'`;
  return `"${value.replaceAll(/[\\"$]/g, '\\$&')}"`;
}
