import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import ts from 'typescript';

/** Commands of projects that have no environments. */
const withoutEnvironment = /^(?:lab|bench):/;
/** Where the helper is, and what looks for commands. */
const exempt = ['libs/core/src/nx-run.ts', 'tools/checks/src/printed-commands.ts'];

/** Every text of a source that a person may read, the parts of a template with `…` for what is put in. */
function textsOf(source: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node))
      texts.push(
        [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'),
      );
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true));
  return texts;
}

/** The commands in a text that would act on the default environment when they are pasted. Pure. */
function unplaced(text: string): string[] {
  const single = [...text.matchAll(/\bnx run ((?:[\w<>…-]+)(?::[\w<>…-]+)*)/g)]
    .filter(([, target = '']) => !withoutEnvironment.test(target) && target.split(':').length < 3)
    .map(([command]) => command);
  const many = /\bnx run-many\b/.test(text) && !/\s(?:-c|--configuration)\b/.test(text);
  // There is no `nx` in the path after `npm ci`.
  const bare = /(?<!npx )\bnx run(?:-many)? [\w<>…-]+:?/.test(text);
  return [...single, ...(many || bare ? [text] : [])];
}

it.each([
  ['see npx nx run dns:logs', 1],
  ['see npx nx run …:logs, then npx nx run …:deploy', 2],
  ['npx nx run dns:logs:prod', 0],
  ['npx nx run …:logs:…', 0],
  ['npx nx run lab:up', 0],
  ['npx nx run-many -t deploy', 1],
  ['npx nx run-many -t deploy -c lab', 0],
  ['nx run dns:logs:prod', 1],
  ['nx run-many -t deploy -c lab', 1],
])('%j names %i commands without an environment', (text, count) => {
  expect(unplaced(text)).toHaveLength(count);
});

it('no text of ours names a command that cannot be pasted as it is', () => {
  const files = ['apps', 'libs', 'tools']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => file.endsWith('.ts') && !/\.spec\.ts$|\/fixtures\//.test(file))
    .filter((file) => !exempt.includes(file) && !file.startsWith('tools/bench/'));
  expect(files.length).toBeGreaterThan(200);
  const found = files.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    // Most name no command, and need not be parsed.
    const texts = /\bnx run/.test(source) ? textsOf(source) : [];
    return texts.flatMap((text) => unplaced(text).map((command) => `${file}: ${command}`));
  });
  expect(found).toEqual([]);
});
