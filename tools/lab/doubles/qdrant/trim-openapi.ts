import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { asJson } from '../http-double';
import type { Json } from '../http-double';

/** What `qdrant-double` answers: the paths of Qdrant's OpenAPI document that its schema keeps. */
const ANSWERS: readonly string[] = [
  'get /',
  'get /collections',
  'get /collections/{collection_name}',
  'put /collections/{collection_name}',
  'delete /collections/{collection_name}',
  'get /collections/{collection_name}/exists',
  'put /collections/{collection_name}/index',
  'delete /collections/{collection_name}/index/{field_name}',
  'put /collections/{collection_name}/points',
  'post /collections/{collection_name}/points',
  'get /collections/{collection_name}/points/{id}',
  'post /collections/{collection_name}/points/delete',
  'post /collections/{collection_name}/points/query',
  'post /collections/{collection_name}/points/scroll',
  'post /collections/{collection_name}/points/count',
  'get /collections/{collection_name}/snapshots',
  'post /collections/{collection_name}/snapshots',
  'delete /collections/{collection_name}/snapshots/{snapshot_name}',
];
/** Words about a value, not limits of it. */
const NOTES = ['description', 'example', 'examples', 'format', 'deprecated', 'default', 'title'];
const REF = '#/components/schemas/';

/**
 * OpenAPI 3.0's schema as JSON Schema (draft 7): `nullable` becomes a type, prose goes, and an
 * object with listed properties takes no others, so that an invented field shows.
 */
export function closeSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closeSchema);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, properties, ...rest } = asJson(value);
  const kept = Object.entries(rest).filter(([key]) => !NOTES.includes(key));
  if (nullable === true && kept.length === 0 && properties === undefined) return { type: 'null' };
  const schema: Json = Object.fromEntries(kept.map(([key, inner]) => [key, closeSchema(inner)]));
  if (typeof schema.$ref === 'string') schema.$ref = schema.$ref.replace(REF, '#/definitions/');
  if (properties !== undefined) {
    const closed = Object.entries(asJson(properties)).map(([key, inner]) => [
      key,
      closeSchema(inner),
    ]);
    schema.properties = Object.fromEntries(closed) as Json;
    schema.additionalProperties ??= false;
  }
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** The schemas of the answers that the double gives, and those that they name. */
export function trimOpenApi(document: Json): Json {
  const paths = asJson(document.paths);
  const all = asJson(asJson(document.components).schemas);
  const answers: Json = { error: closeSchema(all.ErrorResponse) };
  for (const answer of ANSWERS) {
    const [method = '', path = ''] = answer.split(' ');
    const { responses } = asJson(asJson(paths[path])[method]);
    const { content } = asJson(asJson(responses)['200']);
    answers[answer] = closeSchema(asJson(asJson(content)['application/json']).schema);
  }
  const definitions: Json = {};
  const follow = (schema: unknown): void => {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (Object.hasOwn(definitions, name)) continue;
      definitions[name] = closeSchema(all[name]);
      follow(definitions[name]);
    }
  };
  follow(answers);
  return { answers, definitions };
}

/** `trim-openapi.ts OPENAPI VERSION OUT`: writes the trimmed schema with where it comes from. */
export function run([source = '', version = '', out = '']: readonly string[]): void {
  const note = {
    source: `https://github.com/qdrant/qdrant, docs/redoc/master/openapi.json at v${version}`,
    licence: 'Apache-2.0, Copyright Qdrant Solutions GmbH',
    changes: 'trimmed by trim-openapi.ts: answers only, no prose, as JSON Schema draft 7',
  };
  const document = JSON.parse(readFileSync(source, 'utf8')) as Json;
  const parts = Object.entries({ note, ...trimOpenApi(document) });
  const lines = parts.map(
    ([name, part]) => `${JSON.stringify(name)}: ${renderLines(asJson(part))}`,
  );
  writeFileSync(out, `{\n${lines.join(',\n')}\n}\n`);
}

/** One line a member, so that a newer version's difference can be read. */
function renderLines(part: Json): string {
  const lines = Object.entries(part).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}

if (argv[1]?.endsWith('trim-openapi.ts') === true) run(argv.slice(2));
