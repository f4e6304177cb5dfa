import { describe, expect, it } from '@jest/globals';
import type { Model } from '@ai-stack/core';
import { renderService } from '@ai-stack/render';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import definition from './service';
import { goldenFiles, renderedFiles } from '@ai-stack/testing/golden';

describe('ollama as rendered', () => {
  it.each(['lab', 'prod'] as const)('is byte for byte what fixtures/%s holds', (environment) => {
    expect(renderedFiles('ollama', environment)).toEqual(goldenFiles('ollama', environment));
  });
});

describe('the context of a request that names none', () => {
  const contextOf = (...models: Partial<Model>[]) => {
    const environment = labEnvironment();
    const all = models.map((model, at) => ({
      ...environment.models[0]!,
      ...{ name: `m${at}`, publicName: `m${at}`, engine: 'ollama' as const, ...model },
    }));
    const [release] = renderService({ ...environment, models: all }, 'ollama', definition);
    return /OLLAMA_CONTEXT_LENGTH: "(\d+)"/.exec(release!.files[0]!.content)?.[1];
  };
  const chat = (contextLength: number) => ({ kind: 'chat' as const, contextLength });
  const embedding = { kind: 'embedding' as const, contextLength: 2048 };

  it('is not raised by one more model with a long one', () => {
    expect(contextOf(chat(16_384), embedding)).toBe('16384');
    expect(contextOf(chat(16_384), chat(131_072), embedding)).toBe('16384');
  });

  it('is one of its own where no model chats', () => {
    expect(contextOf(embedding)).toBe('4096');
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
  ])('allow a small cache only beside flash attention: %j', (chosen, expected) => {
    const parsed = definition.options.safeParse({ image, ...chosen });
    expect(parsed.success).toBe(expected);
    if (!parsed.success) expect(parsed.error.issues[0]?.path).toEqual(['kvCacheType']);
  });
});
