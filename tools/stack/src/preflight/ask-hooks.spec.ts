import { expect, it } from '@jest/globals';
import type { PreflightContext, PreflightFinding, Release } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { askHooks } from './ask-hooks';

const finding = (service: string): PreflightFinding => ({
  service,
  host: 'trusted',
  blocked: { guard: service, reason: 'r', fix: 'f' },
});

it('asks each placed service, whichever changes, and hands on what it finds', async () => {
  const contexts: PreflightContext[] = [];
  const hooks = {
    dns: {
      preflight: async (context: PreflightContext) => {
        contexts.push(context);
        return [finding('dns'), finding('dns')];
      },
    },
    litellm: { preflight: async () => [finding('litellm')] },
    ollama: {},
    spare: { preflight: async () => [finding('spare')] },
    elsewhere: {
      preflight: async () => [finding('placed')],
      unplaced: { probes: () => [], preflight: async () => [finding('elsewhere')] },
    },
  };
  const environment = labEnvironment();
  const notes: string[] = [];
  const ask = askHooks({ environment, hooks }, { connections: new Map() }, (text) =>
    notes.push(text),
  );
  const changing = [{ service: 'qdrant', host: 'management' }] as Release[];
  expect((await ask(changing)).map(({ service }) => service)).toEqual([
    'dns',
    'dns',
    'litellm',
    'elsewhere',
  ]);
  const [context] = contexts;
  expect(context).toMatchObject({ environment, changing });
  context?.note('seen');
  expect(notes).toEqual(['seen']);
  expect(await context?.askNames('trusted', '192.0.2.1', [])).toBeUndefined();
});
