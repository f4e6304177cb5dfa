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

/** A variable of the container that runs these models. */
function variableOf(name: string, models: readonly Partial<Model>[], options = {}) {
  const environment = labEnvironment();
  const all = models.map((model, at) => ({
    ...environment.models[0]!,
    ...{ name: `m${at}`, publicName: `m${at}`, engine: 'ollama' as const, ...model },
  }));
  const services = environment.services.map((entry) =>
    entry.contract.name === 'ollama'
      ? { ...entry, options: { ...(entry.options as object), ...options } }
      : entry,
  );
  const [release] = renderService({ ...environment, models: all, services }, 'ollama', definition);
  return new RegExp(`${name}: "?([^"\n]+)`).exec(release!.files[0]!.content)?.[1];
}

describe('models stay loaded', () => {
  const gpu = { device: '0', memoryGiB: 8 };
  it.each([
    ['for ever where memory is set aside for each', [{ gpu }, { gpu }], {}, '-1'],
    ['for minutes where one may be in the way of others', [{ gpu }, {}], {}, '5m'],
    ['for minutes on a CPU', [{}], {}, '5m'],
    ['as long as is said', [{ gpu }], { keepAlive: '24h' }, '24h'],
  ])('%s', (_case, models, options, expected) => {
    const onGpu = models.map((model) => ({ gpu: undefined, ...model }));
    expect(variableOf('OLLAMA_KEEP_ALIVE', onGpu, options)).toBe(expected);
  });
});

describe('the context of a request that names none', () => {
  const contextOf = (...models: Partial<Model>[]) => variableOf('OLLAMA_CONTEXT_LENGTH', models);
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
  ])('allow a small cache only with flash attention: %j', (chosen, expected) => {
    const parsed = definition.options.safeParse({ image, ...chosen });
    expect(parsed.success).toBe(expected);
    if (!parsed.success) expect(parsed.error.issues[0]?.path).toEqual(['kvCacheType']);
  });
});
