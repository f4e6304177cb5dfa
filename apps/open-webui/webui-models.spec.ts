import { describe, expect, it } from '@jest/globals';
import type { DefinedWarning, Model } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { releaseOf, variables, withModels, withOptions } from '@ai-stack/testing/chat-environment';

const chat = { name: 'coder', kind: 'chat' } as const;
const nomic = { name: 'nomic-embed-text', kind: 'embedding' } as const;
const prefixes = { query: 'search_query: ', document: 'search_document: ' };
const gpu = (memoryGiB: number) => ({ device: '0', memoryGiB });

describe('the models that Open WebUI offers', () => {
  const connection = (...models: (Partial<Model> & { name: string })[]) =>
    JSON.parse(variables(withModels(models))['OPENAI_API_CONFIGS']!) as object;

  it('are those that chat, under each of their names', () => {
    expect(connection(chat, { ...nomic, aliases: ['embed'] })).toEqual({
      '0': { enable: true, model_ids: ['coder'] },
    });
    expect(connection({ ...chat, aliases: ['gpt-4o'] }, nomic)).toEqual({
      '0': { enable: true, model_ids: ['coder', 'gpt-4o'] },
    });
  });

  // An empty list would stand for all of them.
  it('are none where none chats', () => {
    expect(connection(nomic)).toEqual({ '0': { enable: false } });
  });

  it.each([
    ['all call tools', [true, true], undefined, undefined],
    ['one does not', [true, false], '{"function_calling":"legacy"}', false],
    ['none does', [false, false], '{"function_calling":"legacy"}', false],
  ])('get tools of Open WebUI where %s', (_case, [first, second], params, builtin) => {
    const { DEFAULT_MODEL_PARAMS: found, DEFAULT_MODEL_METADATA: metadata } = variables(
      withModels([
        { ...chat, name: 'a', tools: first! },
        { ...chat, name: 'b', tools: second! },
        nomic,
      ]),
    );
    expect(found).toBe(params);
    expect(metadata && JSON.parse(metadata)).toEqual(
      builtin === undefined ? undefined : { capabilities: { builtin_tools: builtin } },
    );
  });
});

describe('titles, tags and follow-up questions', () => {
  it.each<[string, object, (Partial<Model> & { name: string })[], string]>([
    ['the one chosen', { taskModel: 'b' }, [{ name: 'a' }, { name: 'b' }], 'b'],
    ['one of vLLM', {}, [{ name: 'a' }, { name: 'b', engine: 'vllm' }], 'b'],
    ['the default', {}, [chat, { name: 'a', gpu: gpu(9) }, { name: 'b', gpu: gpu(2) }], 'a'],
    [
      'the smallest',
      {},
      [
        { name: 'a', gpu: gpu(9) },
        { name: 'b', gpu: gpu(2) },
      ],
      'b',
    ],
    [
      'the default',
      {},
      [
        { name: 'a', gpu: gpu(2) },
        { name: 'b', gpu: gpu(2) },
      ],
      'a',
    ],
    ['the default', { defaultModel: 'b' }, [{ name: 'a' }, { name: 'b' }], 'b'],
  ])('are written by %s: %j', (_case, options, models, expected) => {
    const found = variables(withOptions(options, withModels(models)));
    expect(found['TASK_MODEL_EXTERNAL']).toBe(expected);
  });

  it('are not written by a model that nobody serves', () => {
    expect(() => variables(withOptions({ taskModel: 'gpt-4' }))).toThrow(/no chat model gpt-4/);
  });
});

describe('documents', () => {
  it('go to the gateway in batches, some at once', () => {
    expect(variables(labEnvironment())).toMatchObject({
      RAG_EMBEDDING_MODEL: 'nomic-embed-text',
      RAG_EMBEDDING_BATCH_SIZE: '32',
      RAG_EMBEDDING_CONCURRENT_REQUESTS: '4',
    });
    const options = { embeddingBatchSize: 8, embeddingRequests: 1 };
    expect(variables(withOptions(options))).toMatchObject({
      RAG_EMBEDDING_BATCH_SIZE: '8',
      RAG_EMBEDDING_CONCURRENT_REQUESTS: '1',
    });
  });

  it.each([{ embeddingBatchSize: 0 }, { embeddingRequests: 0 }, { embeddingRequests: 65 }])(
    'go in no batch of %j',
    (options) => {
      expect(() => variables(withOptions(options))).toThrow(/embedding/);
    },
  );

  it('get the prefixes of the model, and none without', () => {
    expect(variables(withModels([chat, { ...nomic, prefixes }]))).toMatchObject({
      RAG_EMBEDDING_QUERY_PREFIX: 'search_query: ',
      RAG_EMBEDDING_CONTENT_PREFIX: 'search_document: ',
    });
    expect(Object.keys(variables(withModels([chat, nomic]))).join()).not.toContain('PREFIX');
  });

  it('are not embedded by whichever of two models has the first name', () => {
    const two = withModels([chat, nomic, { ...nomic, name: 'bge-m3', id: 'bge-m3:567m' }]);
    expect(() => variables(two)).toThrow(/bge-m3 and nomic-embed-text could embed documents/);
    const chosen = variables(withOptions({ embeddingModel: 'nomic-embed-text' }, two));
    expect(chosen['RAG_EMBEDDING_MODEL']).toBe('nomic-embed-text');
  });
});

describe('what is indexed', () => {
  /** As the plan decides it: what of a release blocks where the other one runs. */
  function blocked(before: readonly Model[] | undefined, after: readonly Model[], options = {}) {
    const environment = (models: readonly Model[]) =>
      withOptions(options, withModels([chat, ...models]));
    const deployed = before === undefined ? '' : releaseOf(environment(before)).files[0]!.content;
    const holds = ({ ifDeployed, unlessDeployed }: DefinedWarning) =>
      (ifDeployed === undefined || deployed.includes(ifDeployed)) &&
      (unlessDeployed === undefined || !deployed.includes(unlessDeployed));
    return releaseOf(environment(after))
      .warnings?.filter(({ guard }) => guard === 'reindex')
      .filter(holds)
      .map(({ reason }) => reason);
  }
  const model = (fields: Partial<Model> = {}) => ({ ...nomic, ...fields }) as Model;
  const bge = model({ name: 'bge-m3', id: 'bge-m3:567m' });

  it.each<[string, Model[] | undefined, Model[], RegExp[]]>([
    ['nothing ran', undefined, [model()], []],
    ['nothing changes', [model({ prefixes })], [model({ prefixes })], []],
    [
      'the name of a model begins alike',
      [bge],
      [model({ name: 'bge' })],
      [/by bge,/, /another model/],
    ],
    ['another model embeds', [model()], [bge], [/by bge-m3,/, /another model/]],
    ['the name stays and the model changes', [model()], [model({ id: 'x:1b' })], [/ollama x:1b/]],
    ['prefixes come', [model()], [model({ prefixes })], [/other prefixes/]],
    ['prefixes go', [model({ prefixes })], [model()], [/without the prefixes/]],
    ['a first model embeds', [], [model()], [/by nomic-embed-text,/]],
    ['none embeds any more', [model()], [], [/Open WebUI itself/]],
  ])('stays found, or the plan is blocked, when %s', (_case, before, after, reasons) => {
    expect(blocked(before, after)).toEqual(reasons.map((reason) => expect.stringMatching(reason)));
  });

  it('was indexed by the same model where an earlier version did not write down which', () => {
    const [first, second] = ['a', 'b'].map((id) => releaseOf(withModels([chat, model({ id })])));
    const earlier = first!.files[0]!.content.replace(/ *AI_STACK_INDEXED_BY.*\n/, '');
    const conditions = second!.warnings!.filter(({ ifDeployed }) =>
      ifDeployed?.startsWith('AI_STACK'),
    );
    expect(conditions.map(({ ifDeployed }) => earlier.includes(ifDeployed!))).toEqual([false]);
  });
});
