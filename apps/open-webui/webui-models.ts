import {
  badInput,
  hostsOf,
  modelsOf,
  type Binding,
  type DefinedWarning,
  type Environment,
  type Model,
  type RenderContext,
} from '@ai-stack/core';
import { renderYaml } from '@ai-stack/render';
import { z } from 'zod';

/** The options about models. */
export const modelOptions = {
  defaultModel: z
    .string()
    .optional()
    .describe('Public name of the model of a new chat; left out: the first chat model'),
  /**
   * One request each after every answer. Left out: one of vLLM, which answers them next to the chats; else the smallest
   * that declares its GPU memory; else defaultModel.
   */
  taskModel: z
    .string()
    .optional()
    .describe('Public name of the model that writes titles, tags and follow-up questions'),
  embeddingModel: z
    .string()
    .optional()
    .describe(
      "Public name of the model that embeds documents; left out: the only one, or Open WebUI's own",
    ),
  embeddingBatchSize: z
    .int()
    .min(1)
    .max(1024)
    .default(32)
    .describe('Texts of one request for embeddings'),
  embeddingRequests: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Requests for embeddings at the same time; a large document is thousands of texts'),
  modelAccess: z
    .enum(['everyone', 'granted'])
    .default('everyone')
    .describe('everyone: all who may log in use all models; granted: what an administrator grants'),
};
type Context = RenderContext<z.infer<z.ZodObject<typeof modelOptions>>>;

/** Which of these options sets a variable. */
export const modelVariableOwners: Readonly<Record<string, string>> = {
  DEFAULT_MODELS: 'defaultModel',
  TASK_MODEL: 'taskModel',
  TASK_MODEL_EXTERNAL: 'taskModel',
  RAG_EMBEDDING_MODEL: 'embeddingModel',
  RAG_EMBEDDING_BATCH_SIZE: 'embeddingBatchSize',
  RAG_EMBEDDING_CONCURRENT_REQUESTS: 'embeddingRequests',
  RAG_EMBEDDING_QUERY_PREFIX: 'it is prefixes.query of the embedding model, in models/<model>.yaml',
  RAG_EMBEDDING_CONTENT_PREFIX:
    'it is prefixes.document of the embedding model, in models/<model>.yaml',
  BYPASS_MODEL_ACCESS_CONTROL: 'modelAccess',
};

/** The variables about models: which there are, what they are for, and what Open WebUI may ask of them. */
export function modelVariables(context: Context): Record<string, string> {
  const { environment, options } = context;
  const gateway = `${only(context, context.bindings('litellm')).url}/v1`;
  const chats = servedModels(environment, 'chat');
  const chat = choose(environment, 'chat', options.defaultModel, 'defaultModel');
  const task = choose(environment, 'chat', options.taskModel, 'taskModel') && taskModel(context);
  return {
    ENABLE_OLLAMA_API: 'false',
    ENABLE_OPENAI_API: 'true',
    BYPASS_MODEL_ACCESS_CONTROL: options.modelAccess === 'everyone' ? 'true' : 'false',
    OPENAI_API_BASE_URL: gateway,
    OPENAI_API_CONFIGS: connection(chats),
    ...toolVariables(chats),
    ...(chat === undefined ? {} : { DEFAULT_MODELS: chat }),
    ...(task === undefined ? {} : { TASK_MODEL_EXTERNAL: task }),
    ...embeddingVariables(context, gateway),
  };
}

/** Chat models alone: left to itself Open WebUI offers all that the gateway has, those that embed among them. */
function connection(chats: readonly Model[]): string {
  const names = chats.flatMap(({ publicName, aliases }) => [publicName, ...aliases]);
  // An empty list would mean all of them.
  return JSON.stringify({
    '0': names.length === 0 ? { enable: false } : { enable: true, model_ids: names },
  });
}

/**
 * Open WebUI puts its own tools, four to five thousand tokens of them, into each chat, and leaves the search in
 * directories and knowledge to them. `legacy`: it searches by itself and describes chosen tools in words. It knows
 * these settings for all models alone, so one model without tools decides; administrators can change them for each
 * model.
 */
function toolVariables(chats: readonly Model[]): Record<string, string> {
  if (chats.every(({ tools }) => tools)) return {};
  return {
    DEFAULT_MODEL_METADATA: JSON.stringify({ capabilities: { builtin_tools: false } }),
    DEFAULT_MODEL_PARAMS: JSON.stringify({ function_calling: 'legacy' }),
  };
}

/** Every answer is followed by three requests or more: on the model of the chat they would wait for each other. */
function taskModel({ environment, options }: Context): string | undefined {
  if (options.taskModel !== undefined) return options.taskModel;
  const chats = servedModels(environment, 'chat');
  const parallel = chats.find(({ engine }) => engine === 'vllm');
  if (parallel !== undefined) return parallel.publicName;
  if (chats.every(({ gpu }) => gpu !== undefined)) {
    const memory = ({ gpu }: Model) => gpu?.memoryGiB ?? 0;
    const [small, next] = [...chats].sort((a, b) => memory(a) - memory(b));
    if (small !== undefined && next !== undefined && memory(small) < memory(next)) {
      return small.publicName;
    }
  }
  return choose(environment, 'chat', options.defaultModel, 'defaultModel');
}

function embeddingVariables(context: Context, gateway: string): Record<string, string> {
  const { options } = context;
  const name = embeddingName(context);
  if (name === undefined) return {};
  return {
    RAG_EMBEDDING_ENGINE: 'openai',
    RAG_EMBEDDING_MODEL: name,
    RAG_OPENAI_API_BASE_URL: gateway,
    // Without them: one text a request, and all requests of a document at once.
    RAG_EMBEDDING_BATCH_SIZE: String(options.embeddingBatchSize),
    RAG_EMBEDDING_CONCURRENT_REQUESTS: String(options.embeddingRequests),
    ...indexVariables(context, name),
  };
}

/** What vectors depend on besides the name: what of them changes, makes all that is indexed worthless. */
function indexVariables({ environment }: Context, name: string): Record<string, string> {
  const model = modelNamed(environment, name);
  if (model === undefined) return {};
  const { prefixes, id, engine, revision } = model;
  return {
    // Not read by Open WebUI: here the next deploy sees which model made the vectors.
    [indexedBy]: [engine, id, ...(revision === undefined ? [] : [revision])].join(' '),
    ...(prefixes === undefined
      ? {}
      : {
          RAG_EMBEDDING_QUERY_PREFIX: prefixes.query,
          [documentPrefix]: prefixes.document,
        }),
  };
}
const indexedBy = 'AI_STACK_INDEXED_BY';
const documentPrefix = 'RAG_EMBEDDING_CONTENT_PREFIX';

/** What blocks a plan that would change the vectors of texts, while those of the documents stay as they are. */
export function indexWarnings(context: Context): DefinedWarning[] {
  const name = embeddingName(context);
  const fix =
    'restore it, or deploy with --allow=reindex and index again: apps/open-webui/README.md, "Another embedding model"';
  // Every release of ours has the first; where it is not, nothing of ours ran and nothing was indexed by us.
  const lives = { ifDeployed: 'VECTOR_DB: ', guard: 'reindex' as const, fix };
  if (name === undefined) {
    return [
      {
        ...lives,
        ifDeployed: 'RAG_EMBEDDING_MODEL: ',
        reason:
          'questions would be embedded by a model of Open WebUI itself, and find no document that is indexed',
      },
    ];
  }
  const wanted = indexVariables(context, name);
  const line = (key: string) => `${renderYaml({ [key]: wanted[key] }).trimEnd()}\n`;
  return [
    {
      ...lives,
      unlessDeployed: `${renderYaml({ RAG_EMBEDDING_MODEL: name }).trimEnd()}\n`,
      reason: `questions would be embedded by ${name}, and find no document that another model has indexed`,
    },
    {
      ...lives,
      ifDeployed: `${indexedBy}: `,
      unlessDeployed: line(indexedBy),
      reason: `${name} would be another model (${wanted[indexedBy] ?? ''}), and find no document that the earlier one has indexed`,
    },
    wanted[documentPrefix] === undefined
      ? {
          ...lives,
          ifDeployed: `${documentPrefix}: `,
          reason: `${name} would embed without the prefixes that documents were indexed with, and find less of them`,
        }
      : {
          ...lives,
          unlessDeployed: line(documentPrefix),
          reason: `${name} would embed with other prefixes than documents were indexed with, and find less of them`,
        },
  ];
}

/** The name by which documents are embedded. Throws where several could, and none is chosen: that is not to be guessed. */
function embeddingName({ environment, options }: Context): string | undefined {
  const models = servedModels(environment, 'embedding');
  if (options.embeddingModel === undefined && models.length > 1) {
    const names = models.map(({ publicName }) => publicName);
    throw badInput(
      `${names.join(' and ')} could embed documents: another model than so far would not find them`,
      {
        where: { ...placeOf(environment), key: 'embeddingModel' },
        fix: `write the one that documents are indexed with, such as embeddingModel: ${names[0] ?? ''}`,
      },
    );
  }
  return choose(environment, 'embedding', options.embeddingModel, 'embeddingModel');
}

function choose(
  environment: Environment,
  kind: Model['kind'],
  wanted: string | undefined,
  key: string,
): string | undefined {
  const names = servedModels(environment, kind).flatMap(({ publicName, aliases }) => [
    publicName,
    ...aliases,
  ]);
  if (wanted === undefined || names.includes(wanted)) return wanted ?? names[0];
  throw badInput(`this environment serves no ${kind} model ${wanted}`, {
    where: { ...placeOf(environment), key },
    fix: `use one of ${names.join(', ')}`,
  });
}

function modelNamed(environment: Environment, name: string): Model | undefined {
  return environment.models.find(
    ({ publicName, aliases }) => publicName === name || aliases.includes(name),
  );
}

/** The models of a kind whose engine is placed on some host. */
function servedModels(environment: Environment, kind: Model['kind']): Model[] {
  return [...new Set(environment.models.map(({ engine }) => engine))]
    .sort()
    .filter((engine) => hostsOf(environment, engine).length > 0)
    .flatMap((engine) => modelsOf(environment, engine))
    .filter((model) => model.kind === kind);
}

/** Open WebUI connects to one of each: several would silently leave all but one unused. */
export function only({ environment }: RenderContext, bindings: readonly Binding[]): Binding {
  const [first, second] = bindings;
  if (first !== undefined && second === undefined) return first;
  const hosts = bindings.map(({ host }) => host).join(' and ');
  throw badInput(
    `Open WebUI uses one ${first?.service ?? 'service'}, but there is one on ${hosts}`,
    {
      where: { environment: environment.name, service: 'open-webui' },
      fix: `leave ${first?.service ?? 'it'} on one host`,
    },
  );
}

function placeOf({ name }: Environment) {
  return { environment: name, file: `apps/open-webui/environments/${name}.yaml` };
}
