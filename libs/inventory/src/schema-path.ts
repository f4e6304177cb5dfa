/** Where the JSON schema of each kind of file is, as seen from the file itself. */
const places: readonly (readonly [file: RegExp, schema: string])[] = [
  [
    /^libs\/inventory\/environments\/[^/]+\/(environment|dns|ingress|sso)\.yaml$/,
    '../../schemas/$1.json',
  ],
  [
    /^libs\/inventory\/environments\/[^/]+\/(host|model)s\/[^/]+\.yaml$/,
    '../../../schemas/$1.json',
  ],
  [/^apps\/[^/]+\/environments\/[^/]+\.yaml$/, '../options.schema.json'],
  [/^apps\/[^/]+\/service\.yaml$/, '../../libs/inventory/schemas/service.json'],
];

/** The begin of the line by which an editor finds the schema of a file. */
export const schemaMark = '# yaml-language-server: $schema=';

const ownSchema =
  /^[^:]*(?:\bschemas\/(?:environment|dns|ingress|sso|host|model|service)\.json|\boptions\.schema\.json)$/;

/** The path of a file's JSON schema, relative to the file; undefined for a file that has none. */
export function schemaPathOf(file: string): string | undefined {
  const place = places.find(([pattern]) => pattern.test(file));
  return place && file.replace(...place);
}

/** The schema that a text names; undefined when it names none. */
export function namedSchema(text: string): string | undefined {
  const line = text.split(/\r?\n/).find((one) => one.startsWith(schemaMark));
  return line?.slice(schemaMark.length).trim();
}

/** Whether a path is that of a schema of ours, from wherever: a person's own schema and one of the web are not. */
export function isOwnSchema(path: string): boolean {
  return ownSchema.test(path);
}
