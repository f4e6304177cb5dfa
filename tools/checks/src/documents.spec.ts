import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commandErrors } from './document-commands';
import {
  headingsOf,
  isPathOf,
  linksOf,
  pathsNamedIn,
  sectionsNamedIn,
  type Reference,
} from './documents';
import { trackedFiles } from './tracked-files';

const files = trackedFiles();
const documents = files.filter((file) => file.endsWith('.md'));
const read = (file: string) => readFileSync(file, 'utf8');

/** Names that an example makes up: an environment `home`, a service `notes`; a team's and an option's of CONTRIBUTING. */
const madeUp = /(?:^|\/)(?:home|notes)(?:\/|\.|$)/;

/** What the images' builder makes, and what Nx, the bench and the tests write. */
const made = /^(?:dist\/|OUT\/|server\.mjs$)/;

/** What is wrong with references, each path as from the root. */
function errorsOf(file: string, references: readonly Reference[]): string[] {
  return references.flatMap(({ line, path, anchor, title }) => {
    const at = `${file}:${line}: `;
    if (!existsSync(path) || !isPathOf(path, files)) return [`${at}${path} does not exist`];
    if (anchor === undefined && title === undefined) return [];
    const { anchors, titles } = headingsOf(read(path));
    return [
      ...(anchor === undefined || anchors.has(anchor) ? [] : [`${at}${path} has no #${anchor}`]),
      ...(title === undefined || titles.has(title) ? [] : [`${at}${path} has no "${title}"`]),
    ];
  });
}

const fromRoot = (file: string, path: string) =>
  path.startsWith('..') ? join(dirname(file), path) : path;

describe('the documents', () => {
  it('are found', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/operating.md']));
    expect(documents.length).toBeGreaterThan(14);
  });

  it.each(documents)('%s links only to files and headings that exist', (file) => {
    const links = linksOf(read(file)).map((link) => ({
      ...link,
      path: link.path === '' ? file : join(dirname(file), link.path),
    }));
    expect(errorsOf(file, links)).toEqual([]);
  });

  it.each(documents)('%s names only paths that exist', (file) => {
    const missing = pathsNamedIn(read(file))
      .map(({ line, path }) => ({ line, path: fromRoot(file, path) }))
      .filter(({ path }) => !madeUp.test(path) && !made.test(path) && !isPathOf(path, files))
      .map(({ line, path }) => `${file}:${line}: ${path}`);
    expect(missing).toEqual([]);
  });

  it.each(documents)('%s names only targets and options that Nx has', (file) => {
    expect(commandErrors(read(file)).map((error) => `${file}:${error}`)).toEqual([]);
  });
});

it('each section that a message, a comment or a document names exists', () => {
  const texts = files.filter(
    (file) =>
      (/\.(?:c?[jt]s|mjs|json|md|sh|ya?ml|[\w-]+__tmpl__)$/.test(file) || !/\.[^/]*$/.test(file)) &&
      !/\/fixtures\/|^package-lock\.json$|openapi\.json$|\/documents\.spec\.ts$/.test(file),
  );
  const found = texts.flatMap((file) =>
    sectionsNamedIn(read(file))
      // Next to the sources that the images are made from is a README of their own.
      .filter(({ path }) => existsSync(path) || !path.startsWith('README'))
      .map((reference) => ({ file, reference })),
  );
  expect(found.map(({ file }) => file)).toEqual(
    expect.arrayContaining([
      'libs/render/src/probes.ts',
      'tools/ci/ssh-setup.sh',
      'tools/quickstart',
    ]),
  );
  expect(found.flatMap(({ file, reference }) => errorsOf(file, [reference]))).toEqual([]);
});

describe('headingsOf', () => {
  it('makes the anchors that GitHub makes', () => {
    const text = '# A `b`: how do I?\n\n```\n# no\n```\n\n## Two  words, ÄÖ\n\n## A b: how do I?\n';
    const { anchors, titles } = headingsOf(text);
    expect([...anchors]).toEqual(['a-b-how-do-i', 'two--words-äö', 'a-b-how-do-i-1']);
    expect(titles).toContain('A b: how do I?');
  });
});

describe('linksOf', () => {
  it.each<[string, object[]]>([
    ['see [x](docs/a.md#b-c)', [{ line: 1, path: 'docs/a.md', anchor: 'b-c' }]],
    ['\n![x](images/a.png "title")', [{ line: 2, path: 'images/a.png' }]],
    ['[here](#b)', [{ line: 1, path: '', anchor: 'b' }]],
    ['[web](https://example.org/a.md#b) `[no](x.md)`\n\n    [no](y.md)', []],
    ['```\n[no](x.md)\n```\n- a\n    - [yes](z.md)', [{ line: 5, path: 'z.md' }]],
  ])('of %j', (text, links) => {
    expect(linksOf(text)).toEqual(links);
  });
});

describe('sectionsNamedIn', () => {
  it.each<[string, object[]]>([
    ['(docs/a.md, "B c")', [{ line: 1, path: 'docs/a.md', title: 'B c' }]],
    ['echo "see docs/a.md, \\"B\\""', [{ line: 1, path: 'docs/a.md', title: 'B' }]],
    ['`docs/a.md`, "B\n  c" says', [{ line: 1, path: 'docs/a.md', title: 'B c' }]],
    ['docs/a.md#b', [{ line: 1, path: 'docs/a.md', anchor: 'b' }]],
    [
      'see "B" in README.md',
      [
        { line: 1, path: 'README.md' },
        { line: 1, path: 'README.md', title: 'B' },
      ],
    ],
    ['apps/x/README.md, ../docs/a.md', []],
  ])('of %j', (text, references) => {
    expect(sectionsNamedIn(text)).toEqual(references);
  });
});

describe('pathsNamedIn and isPathOf', () => {
  const repository = [
    'apps/dns/service.ts',
    'apps/vllm/service.ts',
    'tools/ci/a-b.sh',
    'README.md',
    'tools/e2e/src/light/one.long.spec.ts',
  ];

  it.each([
    ['`apps/dns/service.ts`', [true]],
    ['`apps/dns`, `apps/dns/` and `apps/<service>/*.ts`', [true, true, true]],
    ['`apps/{dns,vllm}/service.ts` `apps/{x,y}/service.ts`', [true, false]],
    ['`apps/dn`', [false]],
    ['`service.ts` and `ervice.ts`', [true, false]],
    ['`./tools/ci/a-b.sh x y`', [true]],
    ['`*-b.sh`', [true]],
    ['`light/one`, `light/one.long` and `light/on`', [true, true, false]],
    ['`ci/a-b.sh`', [true]],
    ['`dist/render`, `/opt/apps/x.ts`, `key: value`, `compose.yaml`', []],
    ['```\n`apps/no`\n```\n\n    `apps/no`', []],
  ])('%j', (text, exist) => {
    expect(pathsNamedIn(text).map(({ path }) => isPathOf(path, repository))).toEqual(exist);
  });
});

describe('commandErrors', () => {
  it.each<[string, string[]]>([
    ['    npx nx run stack:plan:home --diff', []],
    ['`nx run <service>:destroy --data --confirm <service>`', []],
    ['`nx run lab:up`, `nx run bench:run`', []],
    ['nx run stack:destroy', ['1: stack has no target destroy']],
    ['nx run dns:hold', ['1: dns has no target hold']],
    ['nx run dns:wipe', ['1: dns has no target wipe']],
    ['nx run lab:plan', ['1: lab has no target plan']],
    ['\nnx run dns:plan --level=api', ['2: plan has no option --level']],
    ['nx run-many -t deploi -c lab', ['1: no project has the target deploi']],
    ['`nx affected -t deploy --base="$base"`', []],
    ['`npm run --silent stack -- plan --jsn`', ['1: plan has no option --jsn']],
    ['`npm run stack -- plam`', ['1: there is no command plam']],
    ['nx run dns:plan     shows --what it would do', []],
  ])('of %j', (text, errors) => {
    expect(commandErrors(text)).toEqual(errors);
  });
});
