import { isOwnSchema, namedSchema, schemaMark, schemaPathOf } from './schema-path';

/**
 * The text of a YAML file with the line by which editors find its schema. A line that leads to a schema of ours at another
 * place is corrected; one that a person wrote for another schema stays. Everything else stays byte for byte. Pure.
 */
export function withSchemaLine(file: string, text: string): string {
  const schema = schemaPathOf(file);
  const named = namedSchema(text);
  if (schema === undefined || named === schema) return text;
  if (named === undefined) {
    const end = /\r?\n/.exec(text)?.[0] ?? '\n';
    return text.replace(/^\uFEFF?/, (mark) => `${mark}${schemaMark}${schema}${end}`);
  }
  return isOwnSchema(named)
    ? text.replace(`${schemaMark}${named}`, `${schemaMark}${schema}`)
    : text;
}

/** What `withSchemaLine` changes, in words; undefined: nothing. Pure. */
export function schemaLineChange(file: string, text: string): string | undefined {
  if (withSchemaLine(file, text) === text) return undefined;
  const named = namedSchema(text);
  return named === undefined
    ? `names its schema ${schemaPathOf(file) ?? ''}, so that editors complete and check it`
    : `names its schema ${schemaPathOf(file) ?? ''}, no longer ${named}`;
}
