import { expect, it } from '@jest/globals';
import { modelSchema } from '@ai-stack/core';
import { checkModels } from './check-models';

const model = (name: string, fields: object, hosts: string[]) => ({
  model: {
    name,
    ...modelSchema.parse({
      ...{ publicName: name, engine: 'vllm', id: 'Org/A-7B', kind: 'chat', contextLength: 4096 },
      ...fields,
    }),
  },
  hosts,
});
const tools = { tools: true, toolCallParser: 'hermes' };

it.each([
  ['one model on each host', [model('a', tools, ['x']), model('b', {}, ['y'])], []],
  [
    'two models on one host',
    [model('a', {}, ['x', 'y']), model('b', {}, ['y'])],
    ['b hosts: vLLM serves one model a host, and y has a already'],
  ],
  ['two models on no host', [model('a', {}, []), model('b', {}, [])], []],
  [
    'tools without a parser',
    [model('a', { tools: true }, ['x'])],
    ['a tools: vLLM has to know the notation of the tool calls'],
  ],
  [
    'a parser without tools',
    [model('a', { toolCallParser: 'hermes' }, ['x'])],
    ['a toolCallParser: a parser without tools'],
  ],
])('%s', (_what, models, findings) => {
  const found = checkModels(models);
  expect(found.map(({ model: name, key, what }) => `${name} ${key}: ${what}`)).toEqual(findings);
});
