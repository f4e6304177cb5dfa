import { badInput, type Environment, type Model, type StackError } from '@ai-stack/core';

/**
 * Bytes that one token of context takes in full precision, by model: 2 (keys and values) x layers x heads for them x their
 * width x 2 bytes, as the models' own configurations have them. Ollama's names without a tag mean the last one.
 */
const bytesPerToken: readonly (readonly [id: RegExp, bytes: number])[] = [
  [/^qwen2\.5(?:-coder)?:0\.5b/, 24 * 2 * 64],
  [/^qwen2\.5(?:-coder)?:1\.5b/, 28 * 2 * 128],
  [/^qwen2\.5(?:-coder)?:3b/, 36 * 2 * 128],
  [/^qwen2\.5(?:-coder)?:14b/, 48 * 8 * 128],
  [/^qwen2\.5(?:-coder)?:32b/, 64 * 8 * 128],
  [/^qwen2\.5(?:-coder)?(?::7b|:latest|$)/, 28 * 4 * 128],
  [/^llama3\.2:1b/, 16 * 8 * 64],
  [/^llama3\.2(?::3b|:latest|$)/, 28 * 8 * 128],
  [/^llama3\.1(?::8b|:latest|$)/, 32 * 8 * 128],
].map(([id, values]) => [id as RegExp, (values as number) * 2 * 2]);

/** What a number of the cache takes at least, as a share of two bytes. */
const shareOf = { f16: 1, q8_0: 1 / 2, q4_0: 1 / 4 };

interface ContextOptions {
  parallelRequests: number;
  kvCacheType: keyof typeof shareOf;
}

/** GiB that the context of a model takes alone, without its weights; undefined for a model that is not known here. */
export function contextMemory(
  { id, contextLength }: Pick<Model, 'id' | 'contextLength'>,
  { parallelRequests, kvCacheType }: ContextOptions,
): number | undefined {
  const bytes = bytesPerToken.find(([pattern]) => pattern.test(id))?.[1];
  if (bytes === undefined) return undefined;
  return (bytes * contextLength * parallelRequests * shareOf[kvCacheType]) / 1024 ** 3;
}

/** The models whose declared GPU memory does not even hold their context: the sum over the GPU would not notice. */
export function contextErrors(
  { name: environment }: Environment,
  models: readonly Model[],
  options: ContextOptions,
): StackError[] {
  return models.flatMap((model) => {
    const needed = contextMemory(model, options);
    if (model.gpu === undefined || needed === undefined || needed < model.gpu.memoryGiB) return [];
    const requests =
      options.parallelRequests === 1 ? '' : ` for ${options.parallelRequests} requests`;
    return [
      badInput(
        `${model.contextLength} tokens of context of ${model.id}${requests} take at least ${round(needed)} GiB, its weights not counted, and ${model.gpu.memoryGiB} GiB are set aside`,
        {
          where: {
            environment,
            file: `libs/inventory/environments/${environment}/models/${model.name}.yaml`,
            key: 'gpu.memoryGiB',
          },
          fix: 'set aside more, lower contextLength, or choose a smaller kvCacheType of ollama',
        },
      ),
    ];
  });
}

function round(gib: number): number {
  return Math.round(gib * 10) / 10;
}
