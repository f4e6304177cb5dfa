import { describe, expect, it } from '@jest/globals';
import { namedSchema, schemaPathOf, withSchemaLine } from './schema-line';

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
    const foreign = '# yaml-language-server: $schema=other.json\na: 1\n';
    expect(withSchemaLine(file, foreign)).toBe(foreign);
  });
});
