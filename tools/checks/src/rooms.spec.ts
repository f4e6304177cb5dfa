import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseModule } from './modules';
import { arrowsBetween, cyclesBetween, orderErrors, roomOf, unusedExports } from './rooms';
import { trackedFiles } from './tracked-files';

const engine = 'libs/deploy/src';

/** The rooms of libs/deploy, the lowest first: each imports from those above it in this list alone. */
const order = [
  'progress',
  'state-files',
  'run-in-order',
  'lock',
  'facts',
  'kept-releases',
  'plan',
  'apply',
  'hold',
  'status',
  'destroy',
  'converged',
  'deploy',
  'rollback',
  'index',
];

const sources = new Map(
  trackedFiles()
    .filter((file) => /^(?:apps|libs|tools)\/.*\.ts$/.test(file))
    .map((file) => [file, readFileSync(file, 'utf8')]),
);

describe('the rooms of libs/deploy', () => {
  const arrows = arrowsBetween(engine, sources);

  it('are at most 15', () => {
    const files = trackedFiles().filter((file) => file.startsWith(`${engine}/`));
    const rooms = files
      .filter((file) => !file.endsWith('.spec.ts'))
      .map((file) => roomOf(file, engine));
    expect(order.length).toBeLessThanOrEqual(15);
    expect([...new Set(rooms)].sort()).toEqual([...order].sort());
  });

  it('import from each other in no circle', () => {
    expect(arrows.length).toBeGreaterThan(20);
    expect(cyclesBetween(arrows)).toEqual([]);
  });

  it('follow the written order', () => {
    expect(orderErrors(arrows, order)).toEqual([]);
  });

  it('have an index that lists its names', () => {
    expect(parseModule(sources.get(`${engine}/index.ts`) ?? '').exports).not.toContain('*');
  });
});

it('no library exports what nobody imports', () => {
  expect(unusedExports(sources)).toEqual([]);
});

describe('arrowsBetween', () => {
  const of = (files: Record<string, string>) => arrowsBetween('r', new Map(Object.entries(files)));
  const [up, down] = ["import { a } from './low/a';", "import type { b } from '../high';"];

  it('sees imports of values and types, re-exports and folders with an index, and no spec', () => {
    const files = {
      'r/high.ts': `${up}\nexport * from './mid';`,
      'r/high.spec.ts': "import { a } from './low/deep/b';",
      'r/low/a.ts': "import { c } from './deep/b';",
      'r/low/deep/b.ts': "type T = import('../../mid').T;",
      'r/mid/index.ts': '',
    };
    expect(of(files).map(({ from, to }) => `${from} ${to}`)).toEqual([
      'high low',
      'high mid',
      'low mid',
    ]);
  });

  it('names the circle, and who breaks the order', () => {
    const arrows = of({ 'r/high.ts': up, 'r/low/a.ts': down });
    expect(cyclesBetween(arrows)).toEqual(['high -> low -> high']);
    expect(orderErrors(arrows, ['low', 'high'])).toEqual([
      'r/low/a.ts imports from high, which comes after low',
    ]);
    expect(orderErrors(arrows, ['low'])).toContain('high has no place in the order');
  });
});

describe('unusedExports', () => {
  const of = (files: Record<string, string>) => unusedExports(new Map(Object.entries(files)));

  it('names what only its own library takes from an index, what no file takes from another, and what only tests take', () => {
    const files = {
      'libs/a/src/index.ts': "export { one, two as three } from './one';\nexport * from './two';",
      'libs/a/src/one.ts':
        'export const one = 1;\nexport const two = 2;\nexport const left = 3;\nexport const tried = 4;',
      'libs/a/src/two.ts': 'export interface Four {}\nexport type Five = Four;',
      'libs/a/src/one.spec.ts': "import { tried } from './one';",
      'libs/testing/src/shared.ts': 'export const shared = 1;\nexport const unshared = 1;',
      'tools/d.spec.ts': "import { shared } from '@ai-stack/testing/shared';",
      'libs/b/src/index.ts':
        "import { one } from '@ai-stack/a';\nimport type { Five } from '@ai-stack/a';",
      'tools/c.ts': "const { three } = await import('@ai-stack/a');",
    };
    expect(of(files)).toEqual([
      'libs/a/src/index.ts exports Four, which nobody imports',
      'libs/a/src/one.ts exports left, which nobody imports',
      'libs/a/src/one.ts exports tried, which only tests import',
      'libs/testing/src/shared.ts exports unshared, which nobody imports',
    ]);
  });

  it('takes no notice of a spec that imports all', () => {
    const spec = "import * as a from '@ai-stack/a';";
    expect(
      of({ 'libs/a/src/index.ts': 'export const one = 1;', 'tools/a.spec.ts': spec }),
    ).toHaveLength(1);
  });
});
