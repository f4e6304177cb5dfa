import type { StoredModel } from './ollama-store';

/** Ollama reads it in the model; the double in the name. */
export const isEmbedding = (name: string): boolean => /embed|bge|minilm/.test(name);
const capabilities = (name: string) =>
  isEmbedding(name) ? ['embedding'] : ['completion', 'tools'];
const details = (name: string) => ({
  parent_model: '',
  format: 'gguf',
  family: isEmbedding(name) ? 'nomic-bert' : 'qwen2',
  families: [isEmbedding(name) ? 'nomic-bert' : 'qwen2'],
  parameter_size: /:(\d+b)/.exec(name)?.[1]?.toUpperCase() ?? '137M',
  quantization_level: 'Q4_K_M',
});

/** A model in the answer of `/api/tags`. */
export const renderModel = (model: StoredModel) => ({
  name: model.name,
  model: model.name,
  modified_at: model.modifiedAt.toISOString(),
  size: model.size,
  digest: model.digest,
  details: details(model.name),
  capabilities: capabilities(model.name),
});

/** In that of `/api/ps`. */
export const renderRunning = (model: StoredModel, until: number, context: number) => ({
  name: model.name,
  model: model.name,
  size: model.size,
  digest: model.digest,
  details: details(model.name),
  expires_at: new Date(Math.min(until, Date.now() + 100 * 365 * 86400_000)).toISOString(),
  size_vram: 0,
  context_length: context,
});

/** The answer of `/api/show`. */
export const renderShow = (model: StoredModel, context: number) => ({
  license: 'Apache License 2.0',
  modelfile: `FROM ${model.name}`,
  parameters: 'stop "<|im_end|>"',
  template: '{{ .Prompt }}',
  details: details(model.name),
  model_info: { 'general.architecture': 'qwen2', 'qwen2.context_length': Math.max(32768, context) },
  capabilities: capabilities(model.name),
  modified_at: model.modifiedAt.toISOString(),
});

/** In the answers below `/v1/models`. */
export const renderOpenAiModel = (model: StoredModel) => ({
  id: model.name,
  object: 'model',
  created: Math.floor(model.modifiedAt.getTime() / 1000),
  owned_by: 'library',
});
