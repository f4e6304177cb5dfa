import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Release } from '@ai-stack/core';
import fc from 'fast-check';
import { anyText, propertyRuns } from '@ai-stack/testing/any-text';
import { rememberYaml } from '@ai-stack/testing/remembering-yaml';

// One file of many changes in each case: what stays the same is parsed and written once.
rememberYaml();
const { parse, parseDocument, stringify } = await import('yaml');
const { StackError, StackErrors } = await import('@ai-stack/core');
const { readEnvironment } = await import('@ai-stack/inventory');
const { renderStack } = await import('@ai-stack/render');
const { definitions } = await import('@ai-stack/testing/sample-environment');

// One value of the inventory becomes something hostile: it is refused, or it stays inside of the place that it has.
// Each case renders the whole stack.
const numRuns = process.env['PROPERTY_RUNS'] === undefined ? 200 : Math.ceil(propertyRuns / 5);
const root = mkdtempSync(join(tmpdir(), 'hostile-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const directory = 'libs/inventory/environments/lab';
cpSync(directory, join(root, directory), { recursive: true });
for (const name of Object.keys(definitions)) {
  for (const file of ['service.yaml', 'environments/lab.yaml'])
    cpSync(join('apps', name, file), join(root, 'apps', name, file));
}
const files = [directory, 'apps'].flatMap((top) =>
  readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter((file) => top === directory || /\/(?:service|environments\/lab)\.yaml$/.test(file))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(top, file)),
);

/** Every place of every file where a plain value stands. */
const places = files.flatMap((file) =>
  leavesOf(parse(readFileSync(file, 'utf8')), []).map((path) => ({ file, path })),
);
function leavesOf(value: unknown, path: (string | number)[]): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  return Object.entries(value).flatMap(([key, item]) =>
    leavesOf(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

const evil = fc.oneof(
  fc.constantFrom(
    ...[
      '$(touch /tmp/x)',
      '`id`',
      "'; rm -rf / #",
      '"',
      "'",
      '\\',
      '../../etc',
      '/etc/passwd',
      '~root',
    ],
    ...[
      'a\nb',
      'a\r\nb',
      '\u0000',
      '\u2028',
      ' ',
      '',
      '-rf',
      '--privileged',
      '${HOME}',
      '$HOME',
      '$$',
    ],
    ...[
      'a`) || Host(`b',
      'a`)',
      '||',
      'x{',
      '}',
      '{ forward . 1.1.1.1 }',
      '; comment',
      '@',
      '@SERIAL@',
    ],
    ...['* IN A 1.2.3.4', '$INCLUDE /etc/passwd', 'a: b', '- a', '!!js', '&a', '*a', '<<', '%YAML'],
    ...[
      'a'.repeat(300),
      'ÆØÅ',
      '日本',
      'a b',
      'a\tb',
      'A',
      'x:1',
      'x;y',
      'x#y',
      'x,y',
      '[::1]',
      '0x7f',
    ],
  ),
  anyText(20),
);
/** Alone, or after what is in the file. */
const change = fc.record({
  place: fc.constantFrom(...places),
  text: evil,
  isAppended: fc.boolean(),
});

interface Change {
  place: (typeof places)[number];
  text: string;
  isAppended: boolean;
}

function renderWith({ place, text, isAppended }: Change): Release[] | undefined {
  const path = join(root, place.file);
  const before = readFileSync(path, 'utf8');
  const document = parseDocument(before);
  const old = String(document.getIn(place.path));
  document.setIn(place.path, isAppended ? `${old}${text}` : text);
  writeFileSync(path, stringify(document.toJS()));
  try {
    const optionSchemas = Object.fromEntries(
      Object.entries(definitions).map(([service, { options }]) => [service, options]),
    );
    return renderStack(readEnvironment(root, 'lab', { variables: {}, optionSchemas }), definitions);
  } catch (error) {
    if (error instanceof StackError || error instanceof StackErrors) return undefined;
    throw error;
  } finally {
    writeFileSync(path, before);
  }
}

/** The authority of the lab's Traefik, which Open WebUI mounts: the one directory that the inventory names. */
const sharedSource = '/srv/docker/edge/ca';
function sharedAfter({ place, text, isAppended }: Change): string {
  if (place.path.join('.') !== 'caFolder') return sharedSource;
  return isAppended ? sharedSource + text : text;
}
const untouched = renderWith({
  place: { file: `${directory}/hosts/trusted.yaml`, path: ['description'] },
  text: ' and more',
  isAppended: true,
});

describe('no value of the inventory', () => {
  it('leaves the place that it has in what is rendered', () => {
    let rendered = 0;
    fc.assert(
      fc.property(change, (item) => {
        const releases = renderWith(item);
        if (releases === undefined) return;
        rendered += 1;
        for (const release of releases) checkReleases(release, sharedAfter(item));
      }),
      { numRuns },
    );
    // Some are harmless, such as a longer description: otherwise this would test nothing.
    expect(rendered).toBeGreaterThan(numRuns / 50);
    expect(untouched?.length).toBeGreaterThan(5);
  });
});

function checkReleases(release: Release, shared: string): void {
  const own = [`${release.stackDirectory}/`, `/${release.service}/`];
  for (const { path, content } of release.files) {
    expect(path).toMatch(/^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/);
    expect(own.some((part) => path.includes(part))).toBe(true);
    expect(content).not.toContain('\0');
    if (path.endsWith('.yaml')) checkYaml(release, path, content, shared);
    if (path.endsWith('Corefile')) checkCorefile(content);
    if (/\/db\.|\.zone$/.test(path)) checkZone(content);
  }
  for (const { path } of release.directories) expect(path).not.toMatch(/\.\.|[^A-Za-z0-9/._-]/);
}

function checkYaml(release: Release, path: string, content: string, shared: string): void {
  const parsed = parse(content, { version: '1.1' }) as Record<string, unknown>;
  if (!path.endsWith('/compose.yaml')) return;
  const services = parsed['services'] as Record<string, Record<string, unknown>>;
  expect(Object.keys(services).sort()).toEqual(release.containers.map(({ name }) => name).sort());
  expect(Object.keys(parsed).every((key) => ['name', 'services', 'networks'].includes(key))).toBe(
    true,
  );
  for (const service of Object.values(services)) {
    expect(service).not.toHaveProperty('privileged');
    const labels = (service['labels'] ?? {}) as Record<string, string>;
    for (const [key, value] of Object.entries(labels)) {
      expect(key).toMatch(/^[A-Za-z0-9._-]+$/);
      if (key.endsWith('.rule'))
        expect(value).toMatch(
          /^Host\(`[a-z0-9.-]+`\)(?: && [A-Za-z]+\(`[^`\s]*`(?:, `[^`]*`)?\)| && \((?:(?:ClientIP\(`[0-9a-f.:/]+`\)|HeaderRegexp\(`[\w-]+`, `[^`]*`\))(?: \|\| )?)+\))*$/,
        );
    }
    // A dollar sign is Compose's only in what names a variable of ours.
    const plain = JSON.stringify({ ...service, environment: undefined }).replaceAll('$$', '');
    expect(plain).not.toContain('$');
    for (const value of Object.values((service['environment'] ?? {}) as Record<string, unknown>)) {
      const rest = String(value).replaceAll('$$', '');
      if (rest.includes('$')) expect(rest).toMatch(/^\$\{[A-Z0-9_]+(?::-|:\?not set in \.env)\}$/);
    }
    for (const { source } of (service['volumes'] ?? []) as { source: string }[])
      expect(isOwn(release, source) || source === shared).toBe(true);
  }
}

function isOwn({ service }: Release, path: string): boolean {
  return path.endsWith(`/${service}`) || path.includes(`/${service}/`);
}

function checkCorefile(content: string): void {
  const pattern =
    /^(?:\s*(?:errors|fallthrough|policy sequential|max_concurrent 10{2,3}|\}|reload \d+\w+|cache 30|health :\d+|ready :\d+|file \S+ [a-z0-9.-]+ \{|forward \.(?: \[?[0-9a-fA-F.:]+\]?)+ \{|(?:[a-z0-9.-]+|\.):\d+ \{)?)$/;
  for (const line of content.split('\n')) expect(line).toMatch(pattern);
}

function checkZone(content: string): void {
  const [origin, ttl, soa, ...records] = content.trimEnd().split('\n');
  expect(origin).toMatch(/^\$ORIGIN [a-z0-9._-]+\.$/);
  expect(ttl).toMatch(/^\$TTL \d+$/);
  expect(soa).toMatch(/^@ IN SOA [a-z0-9.-]+\. \S+ @SERIAL@ \d+ \d+ \d+ \d+$/);
  for (const record of records) {
    expect(record).toMatch(/^[a-z0-9@*._-]+ IN (?:A|AAAA|CNAME|MX|TXT|SRV|CAA|NS) \S/);
    if (!/ IN (?:TXT|CAA) /.test(record)) expect(record).toMatch(/^[^;"()\\$]*$/);
  }
}
