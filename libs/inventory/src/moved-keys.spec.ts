import { describe, expect, it } from '@jest/globals';
import { dnsSchema } from '@ai-stack/core';
import { parseDocument } from 'yaml';
import { edited, errorsOf, validFiles, withWorkspace, type Files } from '../fixtures/workspace';
import { readEnvironment } from './index';
import { migrateEnvironment } from './migrate-environment';
import { migrateText, movedKeyErrors, movedKeys, type MovedKey } from './moved-keys';
import { withSchemaLine } from './schema-line';
import { parseSource } from './source';
import { parseYamlFile } from './yaml-file';

const directory = 'libs/inventory/environments/test';

/** The same files, each with the line that names its schema. */
function withSchemas(files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      withSchemaLine(path.replace(/^env/, directory), text),
    ]),
  );
}

describe.each(movedKeys.map((row) => [`${row.file} ${row.key}`, row] as const))(
  'the moved key %s',
  (_, general) => {
    const row = { ...general, key: general.key.replace('*', 'chat') };
    const { file, key, change } = row;
    const paths: Record<string, string> = {
      hosts: 'env/hosts/one.yaml',
      models: 'env/models/small.yaml',
    };
    const path = paths[file] ?? `env/${file}.yaml`;
    const old = withSchemas(withOld(path, row));

    it('is refused, with the way to write it now', () => {
      const errors = errorsOf(old).join('\n');
      expect(errors).toContain(key);
      if (change.kind === 'value') expect(errors).toContain(change.to);
      else expect(errors).toContain('npx nx run stack:migrate:test --write');
      if (change.kind === 'renamed') expect(errors).toContain(change.to);
    });

    it('is rewritten so that the environment is valid, and keeps comments', () => {
      withWorkspace(old, (root) => {
        const files = migrateEnvironment(root, 'test');
        expect(files.map((migratedFile) => migratedFile.file)).toEqual([
          path.replace(/^env/, directory),
        ]);
        expect(files[0]?.changes).toHaveLength(1);
        const comments = (text = '') => text.split('\n').filter((line) => line.includes('#'));
        expect(comments(files[0]?.after).length).toBe(comments(old[path]).length);
        const migrated = { ...old, [path]: files[0]?.after ?? '' };
        expect(errorsOf(migrated)).toEqual([]);
        expect(migrateText(migrated[path] ?? '', path.replace(/^env/, directory)).changes).toEqual(
          [],
        );
      });
    });
  },
);

/** The valid files with a key as an earlier version wanted it, and a comment before it. */
function withOld(path: string, { key, change }: MovedKey): Files {
  const document = parseDocument(validFiles[path] ?? '');
  const value = { optional: 'TODO', removed: 'x', renamed: 'x', value: null }[change.kind];
  document.setIn(key.split('.'), value);
  return { ...validFiles, [path]: `# why\n${document.toString()}` };
}

const renamed: MovedKey[] = [
  { file: 'dns', key: 'servers', change: { kind: 'renamed', to: 'upstreams' } },
  { file: 'dns', key: 'zone.ttl', change: { kind: 'renamed', to: 'ttlSeconds' } },
  { file: 'dns', key: 'cache', change: { kind: 'removed', why: 'CoreDNS caches for 30 s' } },
  { file: 'options:chat', key: 'colour', change: { kind: 'renamed', to: 'look.colour' } },
];
const file = `${directory}/dns.yaml`;

describe('a renamed or removed key', () => {
  const text = 'mode: coredns\nhost: one\nservers: [10.0.0.1]\nzone: {ttl: 60}\ncache: 30s\n';
  const source = parseSource(text, file, dnsSchema, { name: 'dns', movedKeys: renamed });

  it('is refused once, at its place, with the new name', () => {
    const [first, ...others] = source.errors.map(({ message }) => message.split('\n'));
    expect(first?.[0]).toBe(`${file}:3:1, servers: servers is called upstreams now`);
    expect(first?.[1]).toMatch(/write upstreams, or npx nx run stack:migrate:test --write/);
    expect(others.map(([line]) => line)).toEqual([
      expect.stringContaining('zone.ttl is called ttlSeconds now'),
      expect.stringContaining('cache was removed: CoreDNS caches for 30 s'),
    ]);
  });

  it('is a matter of its own kind of file', () => {
    const yamlFile = parseYamlFile(text, `${directory}/ingress.yaml`);
    expect(movedKeyErrors(yamlFile, renamed).errors).toEqual([]);
    const options = parseYamlFile('colour: red\n', 'apps/chat/environments/test.yaml');
    expect(movedKeyErrors(options, renamed).errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /apps\/chat\/environments\/test\.yaml:1:1, colour: .*look\.colour now\n.*stack:migrate:test/,
      ),
    ]);
  });

  it.each([
    [
      'renamed in its place',
      'a: 1 # one\n# many\nservers:\n  - 10.0.0.1 # router\nb: 2\n',
      'a: 1 # one\n# many\nupstreams:\n  - 10.0.0.1 # router\nb: 2\n',
    ],
    [
      'moved, with the map that is empty then',
      'zone:\n  # seconds\n  ttl: 60\n\n# next\nhost: one\n',
      '# seconds\n# next\nhost: one\nttlSeconds: 60\n',
    ],
    [
      'moved out of a map with others',
      'zone:\n  ttl: 60\n  name: x # y\n',
      'zone:\n  name: x # y\nttlSeconds: 60\n',
    ],
    [
      'removed, its comments stay',
      'host: one\n\n# how long\ncache: 30s # enough\n\n# the end\nmode: coredns\n',
      'host: one\n\n# how long\n# enough\n# the end\nmode: coredns\n',
    ],
    ['removed at the end', 'host: one\n# how long\ncache: 30s\n', 'host: one\n\n# how long\n'],
    [
      'renamed in a file with the ends of lines of Windows',
      '# a\r\nservers: [10.0.0.1]\r\n',
      '# a\r\nupstreams: [ 10.0.0.1 ]\r\n',
    ],
    ['not there', 'host:   one # as it was\n', 'host:   one # as it was\n'],
    ['in a file that is not YAML', 'host: [\n', 'host: [\n'],
  ])('%s', (_, before, after) => {
    expect(migrateText(before, file, renamed).text).toBe(after);
  });

  it('is left to a person where both names are given', () => {
    const both = migrateText('servers: []\nupstreams: [10.0.0.1]\n', file, renamed);
    expect(both.changes).toEqual([]);
    expect(both.errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/both servers and upstreams are given\n.*remove servers/),
    ]);
  });
});

it.each(['null', 'Null', 'NULL', '~', 'null # on purpose'])(
  '%s for no login is written none',
  (value) => {
    const { text } = migrateText(`middleware: ${value}\n`, `${directory}/ingress.yaml`);
    expect(text).toBe(`middleware: none${/ #.*/.exec(value)?.[0] ?? ''}\n`);
  },
);

it('an empty value takes no login away', () => {
  const empty = edited('env/ingress.yaml', 'middleware: authentik@docker', 'middleware:');
  withWorkspace(withSchemas(empty), (root) => expect(migrateEnvironment(root, 'test')).toEqual([]));
  expect(errorsOf(empty)).toHaveLength(1);
});

it('a value that was given for an optional key stays', () => {
  withWorkspace(withSchemas(validFiles), (root) => {
    expect(migrateEnvironment(root, 'test')).toEqual([]);
    expect(() => migrateEnvironment(root, 'tset')).toThrow(/did you mean test/);
    expect(readEnvironment(root, 'test', { variables: {} }).sso.groups.users).toBe('people');
  });
});

it('a file that does not name its schema gets the line, and keeps everything else', () => {
  withWorkspace(validFiles, (root) => {
    const migrated = migrateEnvironment(root, 'test');
    expect(migrated.map(({ file }) => file)).toEqual(
      Object.keys(validFiles)
        .filter((path) => path.startsWith('env/') || path.includes('/environments/'))
        .map((path) => path.replace(/^env/, directory))
        .sort(),
    );
    for (const { file, before, after, changes } of migrated) {
      expect(after).toBe(withSchemaLine(file, before));
      expect(changes).toEqual([expect.stringMatching(/^names its schema \S+\.json, so that/)]);
    }
  });
});

it('a line that leads nowhere is corrected together with a moved key, comments and all', () => {
  const path = 'env/ingress.yaml';
  const old = (validFiles[path] ?? '').replace('authentik@docker', 'null # nobody asks');
  const before = `# ours\n# yaml-language-server: $schema=../schemas/ingress.json\n${old}`;
  withWorkspace({ ...withSchemas(validFiles), [path]: before }, (root) => {
    const [{ after, changes } = { after: '', changes: [] }, ...others] = migrateEnvironment(
      root,
      'test',
    );
    expect(others).toEqual([]);
    expect(changes).toHaveLength(2);
    expect(after).toBe(
      before
        .replace('=../schemas', '=../../schemas')
        .replace('middleware: null', 'middleware: none'),
    );
  });
});
