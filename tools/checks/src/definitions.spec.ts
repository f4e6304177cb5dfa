import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { definitionErrors } from './definitions';
import { trackedFiles } from './tracked-files';

const sources = trackedFiles().filter((file) => /^apps\/[^/]+\/[^/]+(?<!\.spec)\.ts$/.test(file));

it('a definition shows only what is special', () => {
  expect(sources.filter((file) => file.endsWith('/service.ts')).length).toBeGreaterThanOrEqual(6);
  const errors = sources.flatMap((file) => definitionErrors(file, readFileSync(file, 'utf8')));
  expect(errors).toEqual([]);
});

describe('what a definition need not write', () => {
  const found = (source: string) => definitionErrors('service.ts', `const x = ${source};`);

  it.each([
    ['{ containers: {}, files: [] }', 'files: [] is the default of a service'],
    ['{ a: [] }', 'a: [] is empty'],
    ['{ a: undefined }', 'a: undefined is empty'],
    ['{ image, healthcheck: null }', 'healthcheck: null is the default of a container'],
    ['{ image, noNewPrivileges: true }', 'noNewPrivileges: true is the default of a container'],
    ["{ endpoint: 'api', protocols: ['tcp'] }", "protocols: ['tcp'] is the default of a published"],
    ["{ path, purpose: 'data', mode: '0755' }", "mode: '0755' is the default of a directory"],
    ["{ path, content, mode: '0644' }", "mode: '0644' is the default of a file"],
    ["{ kind: 'generated', prefix: '' }", "prefix: '' is the default of a generated"],
  ])('%s', (source, error) => {
    expect(found(source)).toContain(`service.ts:1: ${error}: leave it out`);
  });

  it.each([
    '{ image, noNewPrivileges: false }',
    "{ image, environment: { EMPTY: '' } }",
    '{ image, publish: isPublished ? [] : published }',
    "{ path, content, mode: '0755' }",
    "{ endpoint: 'dns', protocols: ['tcp', 'udp'] }",
    "{ kind: 'generated', prefix: 'sk-' }",
  ])('is not %s', (source) => {
    expect(found(source)).toEqual([]);
  });
});
