import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { namedSchema, schemaPathOf } from '../../../libs/inventory/src/schema-path';
import { parse } from 'yaml';
import { z } from 'zod';
import { runbookDirectory } from '@ai-stack/testing/runbook';
import { optionTableErrors } from './option-tables';
import { undescribedKeys, type JsonSchema } from './schemas';
import { trackedFiles } from './tracked-files';

const files = trackedFiles();
// The lab's and the runbook's; `prod` and other environments belong to the user.
const own = files.filter((file) =>
  /^(?:apps\/[^/]+\/(?:environments\/lab|service)|libs\/inventory\/environments\/lab\/.*)\.yaml$/.test(
    file,
  ),
);
const runbook = files.filter((file) => file.startsWith(`${runbookDirectory}/`));

/** Where a file of the runbook is once it is placed in a workspace. */
const placed = (file: string) =>
  file
    .replace(`${runbookDirectory}/inventory/`, 'libs/inventory/environments/prod/')
    .replace(/^.*\/options\/(.*)\.yaml$/, 'apps/$1/environments/prod.yaml');

/** What is wrong with a content by the schema that editors find for the file. */
function errorsOf(file: string, content: unknown): string[] {
  const path = join(dirname(file), schemaPathOf(file) ?? '');
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Parameters<typeof z.fromJSONSchema>[0];
  const { error } = z.fromJSONSchema(schema).safeParse(content);
  return (error?.issues ?? []).map(({ path: at, message }) => `${at.join('.')}: ${message}`);
}

describe('the YAML files of environments and services', () => {
  it.each([...own.map((file) => [file, file]), ...runbook.map((file) => [file, placed(file)])])(
    '%s names its schema, and is valid by it',
    (file, place) => {
      const text = readFileSync(file, 'utf8');
      expect(namedSchema(text)).toBe(schemaPathOf(place));
      expect(existsSync(join(dirname(place), schemaPathOf(place)!))).toBe(true);
      expect(errorsOf(place, parse(text))).toEqual([]);
    },
  );

  it('are all there', () => {
    expect([own.length, runbook.length]).toEqual([expect.any(Number), 15]);
    expect(own.length).toBeGreaterThanOrEqual(6 + 6 + 9);
  });
});

describe('a schema', () => {
  const environment = 'libs/inventory/environments/lab';
  const read = (file: string) => parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

  it.each<[string, object]>([
    [`${environment}/dns.yaml`, { mode: 'bind' }],
    [`${environment}/dns.yaml`, { ttlseconds: 300 }],
    [`${environment}/dns.yaml`, { upstreams: ['resolver.test'] }],
    [`${environment}/dns.yaml`, { upstreams: [] }],
    [`${environment}/dns.yaml`, { mode: undefined }],
    [`${environment}/dns.yaml`, { server: 'pihole.lab.test' }],
    [`${environment}/environment.yaml`, { logging: { maxFiles: 0 } }],
    [`${environment}/ingress.yaml`, { middleware: null }],
    [`${environment}/sso.yaml`, { url: 5 }],
    [`${environment}/hosts/trusted.yaml`, { address: 'trusted.lab.test' }],
    [`${environment}/hosts/trusted.yaml`, { ssh: { password: 'x' } }],
    [`${environment}/models/qwen2.5-coder.yaml`, { engine: 'llama' }],
    ['apps/litellm/environments/lab.yaml', { workers: 0 }],
    ['apps/litellm/environments/lab.yaml', { colour: 'red' }],
    ['apps/litellm/service.yaml', { reads: ['everything'] }],
  ])('of %s refuses %j', (file, wrong) => {
    expect(errorsOf(file, { ...read(file), ...wrong })).not.toEqual([]);
  });

  it.each<[string, object]>([
    [`${environment}/dns.yaml`, { upstreams: 'TODO' }],
    [`${environment}/dns.yaml`, { upstreams: ['${NET}.2', 'TODO'] }],
    [`${environment}/hosts/trusted.yaml`, { address: '${NET}.12', gpus: 'TODO' }],
    [`${environment}/hosts/trusted.yaml`, { gpus: [{ device: 'TODO', memoryGiB: 24 }] }],
    [`${environment}/ingress.yaml`, { certResolver: null, middleware: 'none' }],
    [`${environment}/sso.yaml`, { applications: { 'open-webui': 'TODO' } }],
    ['apps/litellm/environments/lab.yaml', { logLevel: 'TODO' }],
  ])('of %s takes %j', (file, right) => {
    expect(errorsOf(file, { ...read(file), ...right })).toEqual([]);
  });
});

describe('the description that an editor shows', () => {
  const schemas = files.filter((file) =>
    /^(?:libs\/inventory\/schemas\/[^/]+|apps\/[^/]+\/options\.schema)\.json$/.test(file),
  );

  it.each(schemas)('is at each key of %s', (file) => {
    const schema = JSON.parse(readFileSync(file, 'utf8')) as JsonSchema;
    expect(Object.keys(schema.properties ?? {})).not.toEqual([]);
    expect(undescribedKeys(schema)).toEqual([]);
  });

  it('is missed where there is none, or one of several lines, at any depth', () => {
    const description = 'what it is';
    const inner = { properties: { there: { description }, gone: {} } };
    const schema: JsonSchema = {
      properties: {
        right: { description, ...inner },
        long: { description: 'one\ntwo', anyOf: [{ items: inner }] },
        map: { description, additionalProperties: inner },
      },
    };
    expect(undescribedKeys(schema)).toEqual(['right.gone', 'long', 'long.*.*.gone', 'map.*.gone']);
  });
});

describe('the table of options in a README', () => {
  const services = files.flatMap((file) => /^apps\/([^/]+)\/service\.yaml$/.exec(file)?.[1] ?? []);

  it.each(services)('of %s is complete and right', (service) => {
    const readme = readFileSync(`apps/${service}/README.md`, 'utf8');
    const schema = readFileSync(`apps/${service}/options.schema.json`, 'utf8');
    expect(optionTableErrors(readme, JSON.parse(schema) as JsonSchema)).toEqual([]);
  });

  it('of the network in docs/operating.md is complete and right', () => {
    const document = readFileSync('docs/operating.md', 'utf8');
    const text = readFileSync('libs/inventory/schemas/environment.json', 'utf8');
    const { network } = (JSON.parse(text) as JsonSchema).properties ?? {};
    expect(Object.keys(network?.properties ?? {})).toContain('mtu');
    expect(optionTableErrors(document, network!, '### The network of the stack')).toEqual([]);
  });

  const schema: JsonSchema = {
    properties: {
      image: { type: 'string' },
      cpus: { type: 'number' },
      level: { default: 'INFO' },
      health: { default: { interval: '5s', retries: 3 } },
      more: { default: {} },
    },
    required: ['image'],
  };
  const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;
  const table = (...rows: string[]) =>
    `# x\n\n## Options (\`environments/<env>.yaml\`)\n\n| key | default | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n\n## Traps\n\n| \`other\` | 1 | x |\n`;
  const right = [
    row('`image`', '', 'i'),
    row('`cpus`', 'none', 'c'),
    row('`level`', '`INFO`', 'l'),
    row('`health`', '5s, 3', 'h'),
    row('`more`', 'none', 'm'),
  ];

  it.each<[string, string[], string[]]>([
    ['whole', right, []],
    [
      'without a row',
      right.slice(0, 3),
      ['the table of options lacks health', 'the table of options lacks more'],
    ],
    [
      'with a row too many',
      [...right, row('`gone`', '1', 'g')],
      ['the table of options has gone, which is not an option'],
    ],
    [
      'with another default',
      [...right.slice(0, 2), row('`level`', '`WARN`', 'l'), ...right.slice(3)],
      ['level: its default is `INFO`, not `WARN`'],
    ],
    [
      'with a default that there is not',
      [row('`image`', '`x:1`', 'i'), ...right.slice(1)],
      ['image: it has no default, not `x:1`'],
    ],
    [
      'without a word on what is left out',
      [right[0]!, row('`cpus`', '', 'c'), ...right.slice(2)],
      ['cpus: say what holds when it is left out'],
    ],
  ])('%s', (_, rows, errors) => {
    expect(optionTableErrors(table(...rows), schema)).toEqual(errors);
  });
});
