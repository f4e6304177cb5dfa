import { describe, expect, it } from '@jest/globals';
import { schemaLineChange, withSchemaLine } from './schema-line';
import { namedSchema, schemaPathOf } from './schema-path';

const environment = 'libs/inventory/environments/home';

describe('the schema of a file', () => {
  it.each([
    [`${environment}/environment.yaml`, '../../schemas/environment.json'],
    [`${environment}/dns.yaml`, '../../schemas/dns.json'],
    [`${environment}/ingress.yaml`, '../../schemas/ingress.json'],
    [`${environment}/sso.yaml`, '../../schemas/sso.json'],
    [`${environment}/hosts/box.yaml`, '../../../schemas/host.json'],
    [`${environment}/models/qwen2.5.yaml`, '../../../schemas/model.json'],
    ['apps/litellm/environments/home.yaml', '../options.schema.json'],
    ['apps/litellm/service.yaml', '../../libs/inventory/schemas/service.json'],
    [`${environment}/other.yaml`, undefined],
    ['tools/lab/edge/compose.yaml', undefined],
  ])('of %s is %s', (file, schema) => {
    expect(schemaPathOf(file)).toBe(schema);
    expect(namedSchema(withSchemaLine(file, 'a: 1\n'))).toBe(schema);
  });

  it('is named once, and where a person named another, that one stays', () => {
    const file = `${environment}/dns.yaml`;
    const once = withSchemaLine(file, '# words\na: 1\n');
    expect(once).toBe('# yaml-language-server: $schema=../../schemas/dns.json\n# words\na: 1\n');
    expect(withSchemaLine(file, once)).toBe(once);
    for (const named of ['other.json', 'https://example.org/schemas/dns.json']) {
      const other = `# yaml-language-server: $schema=${named}\na: 1\n`;
      expect(withSchemaLine(file, other)).toBe(other);
      expect(schemaLineChange(file, other)).toBeUndefined();
    }
  });

  it.each([
    ['another place', '../schemas/dns.json'],
    ['another kind of file', '../../../schemas/host.json'],
    ['the options of a service', '../options.schema.json'],
  ])('is corrected where the line leads to %s', (_, named) => {
    const file = `${environment}/dns.yaml`;
    const before = `# first\r\n# yaml-language-server: $schema=${named}\r\na: 1 # one\r\n`;
    expect(withSchemaLine(file, before)).toBe(
      '# first\r\n# yaml-language-server: $schema=../../schemas/dns.json\r\na: 1 # one\r\n',
    );
    expect(schemaLineChange(file, before)).toBe(
      `names its schema ../../schemas/dns.json, no longer ${named}`,
    );
  });

  it('is added after a byte order mark, with the line ends of the file', () => {
    expect(withSchemaLine(`${environment}/sso.yaml`, '\uFEFFa: 1\r\n')).toBe(
      '\uFEFF# yaml-language-server: $schema=../../schemas/sso.json\r\na: 1\r\n',
    );
  });
});
