import { describe, expect, it } from '@jest/globals';
import definition from './service';
import { goldenFiles, renderedFiles } from '@ai-stack/testing/golden';

describe('ollama as rendered', () => {
  it.each(['lab', 'prod'] as const)('is byte for byte what fixtures/%s holds', (environment) => {
    expect(renderedFiles('ollama', environment)).toEqual(goldenFiles('ollama', environment));
  });
});

describe('the options', () => {
  const image = 'ollama/ollama:0.32.15';
  it.each([
    [{}, true],
    [{ flashAttention: false }, true],
    [{ flashAttention: true, kvCacheType: 'q8_0' }, true],
    [{ flashAttention: false, kvCacheType: 'q8_0' }, false],
    [{ kvCacheType: 'q4_0' }, false],
  ])('allow a small cache only with flash attention: %j', (chosen, expected) => {
    const parsed = definition.options.safeParse({ image, ...chosen });
    expect(parsed.success).toBe(expected);
    if (!parsed.success) expect(parsed.error.issues[0]?.path).toEqual(['kvCacheType']);
  });
});
