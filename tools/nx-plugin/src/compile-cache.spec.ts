import { expect, it } from '@jest/globals';
import { cacheVariables } from './compile-cache';

it.each([
  ['a Node that keeps none', {}, {}],
  ['a person who wants none', { getCompileCacheDir: () => undefined }, {}],
  [
    'the cache of Nx itself',
    { getCompileCacheDir: () => '/tmp/node-compile-cache/v24.21.0-x64-964aae3f-0' },
    { NODE_COMPILE_CACHE: '/tmp/node-compile-cache' },
  ],
])('%s', (_title, nodeModule, variables) => {
  expect(cacheVariables(nodeModule)).toEqual(variables);
});
