import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { trackedFiles } from './tracked-files';

const engine = 'libs/deploy/src/apply';

/** What keeps `applyPlan` from reading as a list of steps, in the source that holds both; empty: it does. Pure. */
function applyErrors(source: string, steps: readonly string[]): string[] {
  const file = ts.createSourceFile('apply-plan.ts', source, ts.ScriptTarget.Latest, true);
  const list = file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find(({ name }) => name.getText() === 'steps')?.initializer;
  const apply = file.statements
    .filter(ts.isFunctionDeclaration)
    .find(({ name }) => name?.text === 'applyPlan');
  if (list === undefined || !ts.isArrayLiteralExpression(list) || apply?.body === undefined)
    return ['there is no list `steps` with a function `applyPlan`'];
  const unknown = list.elements.map((one) => one.getText()).filter((one) => !steps.includes(one));
  const lines = apply.body.getText().split('\n').length;
  return [
    ...unknown.map((one) => `${one.split('\n')[0] ?? ''} is not the name of a step`),
    ...(/for \(const (\w+) of steps\) await runStep\(\1, \w+\);/.test(apply.body.getText())
      ? []
      : ['applyPlan does not run the list by one loop']),
    ...(lines > 12 ? [`applyPlan has ${lines} lines`] : []),
  ];
}

/** The names that the sources of apply declare as steps. */
const declared = trackedFiles()
  .filter((file) => file.startsWith(`${engine}/`) && !file.endsWith('.spec.ts'))
  .flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^export const (\w+): ApplyStep = \{/gm)].map(
      ([, name = '']) => name,
    ),
  );

describe('applyPlan', () => {
  const source = readFileSync(`${engine}/apply-plan.ts`, 'utf8');

  it('reads as a list of steps', () => {
    expect(declared.length).toBeGreaterThan(10);
    expect(applyErrors(source, declared)).toEqual([]);
  });

  it.each([
    ['another work in the list', ['  swapFiles,', '  { ...swapFiles },']],
    ['an unknown step', ['  swapFiles,', '  swapThem,']],
    ['another loop', ['await runStep(step, work);', 'if (step) await runStep(step, work);']],
    ['a step of its own', ['  try {\n', `  try {\n${'    await swap();\n'.repeat(5)}`]],
  ])('would be found with %s', (_, [before = '', after = '']) => {
    expect(source).toContain(before);
    expect(applyErrors(source.replace(before, after), declared)).toHaveLength(1);
  });
});
