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

const mark = '# yaml-language-server: $schema=';

/** The path of a file's JSON schema, relative to the file; undefined for a file that has none. */
export function schemaPathOf(file: string): string | undefined {
  const place = places.find(([pattern]) => pattern.test(file));
  return place && file.replace(...place);
}

/** The text of a YAML file with the line by which editors find its schema; unchanged when it names one already. */
export function withSchemaLine(file: string, text: string): string {
  const schema = schemaPathOf(file);
  return schema === undefined || text.includes(mark) ? text : `${mark}${schema}\n${text}`;
}

/** The schema that a text names; undefined when it names none. */
export function namedSchema(text: string): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(mark));
  return line?.slice(mark.length);
}
