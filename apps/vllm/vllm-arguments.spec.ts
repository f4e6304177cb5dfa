import { describe, expect, it } from '@jest/globals';
import { hostSchema, modelSchema, type Environment } from '@ai-stack/core';
import { renderService } from '@ai-stack/render';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { vllmArguments } from './vllm-arguments';

const host = {
  name: 'gpu',
  ...hostSchema.parse({
    fqdn: 'gpu.example.org',
    address: '192.0.2.1',
    role: 'management',
    services: [],
    gpus: [{ device: '0', memoryGiB: 24 }],
  }),
};
const model = (fields: object) => ({
  name: 'm',
  ...modelSchema.parse({
    publicName: 'm',
    engine: 'vllm',
    id: 'Qwen/Qwen2.5-7B-Instruct',
    kind: 'chat',
    contextLength: 8192,
    ...fields,
  }),
});
const gpu = { engine: 'gpu', contextMemory: '4g', compile: true, shutdownSeconds: 30 } as const;
const render = (fields: object, options: object = {}) =>
  vllmArguments(model(fields), host, { ...gpu, extraArguments: [], ...options });

describe('the arguments of vLLM', () => {
  it('are those of a plain model', () => {
    expect(render({})).toEqual([
      'Qwen/Qwen2.5-7B-Instruct',
      ...['--served-model-name', 'Qwen2.5-7B-Instruct'],
      ...['--max-model-len', '8192'],
      ...['--dtype', 'auto'],
      ...['--shutdown-timeout', '30'],
      '--disable-fastapi-docs',
    ]);
  });

  it.each([
    [{ gpu: { device: '0', memoryGiB: 16 } }, '--gpu-memory-utilization 0.66'],
    [{ gpu: { device: '0', memoryGiB: 24 } }, '--gpu-memory-utilization 0.99'],
    [{ revision: 'a'.repeat(40) }, `--revision ${'a'.repeat(40)}`],
    [
      { tools: true, toolCallParser: 'hermes' },
      '--enable-auto-tool-choice --tool-call-parser hermes',
    ],
    [{ servedName: 'Seven' }, '--served-model-name Seven'],
  ])('follow %j', (fields, expected) => {
    expect(render(fields).join(' ')).toContain(expected);
  });

  it.each([
    ['4g', '4G'],
    ['512m', '512M'],
    ['1048576k', '1048576K'],
  ])('give a CPU %s as %s, and no share of a GPU', (contextMemory, bytes) => {
    const rendered = render(
      { gpu: { device: '0', memoryGiB: 16 } },
      { engine: 'cpu', contextMemory },
    );
    expect(rendered.join(' ')).toContain(`--kv-cache-memory-bytes ${bytes} `);
    expect(rendered.join(' ')).not.toContain('--gpu');
  });

  it('say that nothing is to be compiled', () => {
    expect(render({}, { compile: false })).toContain('--enforce-eager');
  });

  it('never hold the key', () => {
    expect(render({}).join(' ')).not.toMatch(/key/i);
  });
});

it('one host serves one model', () => {
  const environment = labEnvironment();
  const more: Environment = {
    ...environment,
    models: [...environment.models, model({ publicName: 'other' })],
  };
  const definition = definitions['vllm']!;
  expect(() => renderService(more, 'vllm', definition)).toThrow(/serves one model on a host/);
  expect(() => renderService({ ...environment, models: [] }, 'vllm', definition)).toThrow(/none/);
});
