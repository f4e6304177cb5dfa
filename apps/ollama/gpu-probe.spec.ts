import { describe, expect, it } from '@jest/globals';
import type { HttpStep, Model } from '@ai-stack/core';
import { renderService } from '@ai-stack/render';
import { evaluateJson } from '../../libs/verify/src/http/json';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import definition from './service';

const gpu = { device: '0', memoryGiB: 8 };

/** The probe for these models of one host; undefined: there is none. */
function probeOf(...models: Partial<Model>[]) {
  const environment = labEnvironment();
  const all = models.map((model, at) => ({
    ...environment.models[0]!,
    ...{ name: `m${at}`, publicName: `m${at}`, id: `m${at}`, engine: 'ollama' as const, ...model },
  }));
  const [release] = renderService({ ...environment, models: all }, 'ollama', definition);
  return release?.probes.find(({ id }) => id === 'ollama/gpu@management');
}

function stepsOf(...models: Partial<Model>[]): HttpStep[] {
  const { ask } = probeOf(...models)!;
  return ask.kind === 'http-sequence' ? ask.steps : [];
}

describe('the probe of the GPU', () => {
  it('is there for models with gpu alone', () => {
    expect(probeOf({ kind: 'chat' }, {})).toBeUndefined();
    const names = stepsOf({ gpu, kind: 'chat' }, {}, { gpu }).map(({ name }) => name);
    expect(names).toEqual(['load m0', 'where m0 is', 'load m2', 'where m2 is']);
  });

  it('loads each with its own context, as the gateway does, from the host itself', () => {
    const loads = stepsOf(
      { gpu, kind: 'chat', id: 'big:14b', contextLength: 16_384 },
      { gpu, kind: 'embedding', id: 'small', contextLength: 2048 },
    ).filter(({ name }) => name.startsWith('load'));
    expect(loads.map(({ ask }) => [ask.url, ask.body])).toEqual([
      [
        'http://ollama:11434/api/generate',
        { model: 'big:14b', options: { num_ctx: 16_384 }, stream: false },
      ],
      [
        'http://ollama:11434/api/embed',
        { model: 'small', options: { num_ctx: 2048 }, input: 'yes', truncate: false },
      ],
    ]);
    for (const { ask } of loads)
      expect(ask.container).toEqual({ project: 'ai-ollama', container: 'ollama' });
  });

  it('says in its fix line what to do where the GPU is lost, and where it is not', () => {
    const { vantage, fix, level } = probeOf({ gpu })!;
    expect([vantage, level]).toEqual(['host:management', 'inference']);
    expect(fix).toMatch(
      /^on management: docker exec ai-ollama-ollama-1 nvidia-smi\. If that fails, .*docker restart ai-ollama-ollama-1.*README\.md.*If it works, .*contextLength$/,
    );
  });
});

describe('an answer of /api/ps', () => {
  /** As Ollama writes it, for one model of 9 GB of which so many bytes are on the GPU. */
  const answer = (name: string, sizeVram: number) => ({
    models: [
      {
        name,
        model: name,
        size: 9_663_676_416,
        digest: '9ec8897f747e246f970d1ff4ce3a7f9f0c6f5ad1c2e0f8a3d1b5b0b6b5a4c3d2',
        details: { format: 'gguf', family: 'qwen2', parameter_size: '14.8B' },
        expires_at: '2318-03-08T09:17:00.000000000Z',
        size_vram: sizeVram,
        context_length: 16_384,
      },
    ],
  });
  const [, where] = stepsOf({ gpu, id: 'big' });
  const evaluate = (body: unknown) => evaluateJson(body, where!.expect.json![0]!);

  it.each<[string, unknown, boolean, RegExp]>([
    ['is right on the GPU', answer('big:latest', 9_663_676_416), true, /size_vram = 9663676416/],
    ['is wrong on the CPU', answer('big:latest', 0), false, /size_vram = 0, size = 9663676416$/],
    ['is wrong in part', answer('big:latest', 4_000_000_000), false, /size_vram = 4000000000/],
    ['is wrong of another model', answer('other:latest', 9_663_676_416), false, /is missing/],
    ['is wrong without a model', { models: [] }, false, /with name "big:latest" is missing/],
    ['is wrong without a list', { models: null }, false, /is missing/],
  ])('%s', (_what, body, ok, observed) => {
    expect(evaluate(body)).toEqual({ ok, observed: expect.stringMatching(observed) });
  });
});
