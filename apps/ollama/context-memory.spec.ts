import { describe, expect, it } from '@jest/globals';
import type { Model } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { contextErrors, contextMemory } from './context-memory';

const item = { parallelRequests: 1, kvCacheType: 'f16' } as const;

describe('the memory of a context', () => {
  it.each([
    ['qwen2.5-coder:14b', 16_384, item, 3],
    ['qwen2.5-coder:14b', 131_072, item, 24],
    ['qwen2.5-coder:14b', 131_072, { ...item, kvCacheType: 'q8_0' }, 12],
    ['qwen2.5-coder:14b', 16_384, { ...item, parallelRequests: 4 }, 12],
    ['qwen2.5:7b-instruct-q4_K_M', 32_768, item, 1.75],
    ['llama3.2', 131_072, item, 14],
    ['llama3.2:3b-instruct', 131_072, { ...item, kvCacheType: 'q4_0' }, 3.5],
    ['llama3.2:1b', 131_072, item, 4],
    ['llama3.1:8b', 131_072, item, 16],
    ['llama3.1:70b', 131_072, item, undefined],
    ['example/qwen2.5-coder:14b', 131_072, item, undefined],
  ] as const)('of %s with %d tokens and %j is %s GiB', (id, contextLength, options, expected) => {
    expect(contextMemory({ id, contextLength }, options)).toBe(expected);
  });
});

describe('a model whose GPU memory does not hold its context', () => {
  const errors = (fields: Partial<Model>) => {
    const environment = labEnvironment();
    const [model] = environment.models.map((like) => ({ ...like, ...fields }));
    return contextErrors(environment, [model!], item);
  };
  const long = { name: 'llama3', id: 'llama3.2', contextLength: 131_072 };

  it('is refused, with its file', () => {
    const [error] = errors({ ...long, gpu: { device: '0', memoryGiB: 3 } });
    expect(error?.what).toBe(
      '131072 tokens of context of llama3.2 take at least 14 GiB, its weights not counted, and 3 GiB are set aside',
    );
    expect(error?.where).toMatchObject({
      file: 'libs/inventory/environments/lab/models/llama3.yaml',
      key: 'gpu.memoryGiB',
    });
  });

  it.each<[string, Partial<Model>]>([
    ['with enough', { ...long, gpu: { device: '0', memoryGiB: 17 } }],
    ['on a CPU', { ...long, gpu: undefined }],
    ['that nobody here knows', { ...long, id: 'x:1b', gpu: { device: '0', memoryGiB: 1 } }],
  ])('is not one %s', (_case, fields) => {
    expect(errors(fields)).toEqual([]);
  });
});
