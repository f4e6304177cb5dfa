import type { Binding, DefinedWarning, Model } from '@ai-stack/core';
import { renderYaml, servedNameOf } from '@ai-stack/render';

/** One model on one host: what LiteLLM calls a deployment. */
export interface Deployment {
  model: Model;
  binding: Binding;
}

/** LiteLLM's config.yaml. Entries with the same `model_name` share its requests. Holds no secret. */
export function litellmConfig(
  deployments: readonly Deployment[],
  requestTimeoutSeconds: number,
): string {
  return renderYaml({
    model_list: deployments.flatMap((deployment) =>
      publicNamesOf(deployment.model).map((name) => modelEntry(name, deployment)),
    ),
    litellm_settings: {
      // Open WebUI sends parameters that not every engine knows.
      drop_params: true,
      request_timeout: requestTimeoutSeconds,
    },
    router_settings: {
      routing_strategy: 'simple-shuffle',
      num_retries: 2,
      ...fallbacks(deployments),
      ...refusals(deployments),
      allowed_fails: 3,
      cooldown_time: 30,
    },
    general_settings: {
      master_key: 'os.environ/LITELLM_MASTER_KEY',
      background_health_checks: false,
      health_check_details: false,
      store_prompts_in_spend_logs: false,
    },
  });
}

/** Every name by which clients may ask for a model: its public name and its aliases. */
export function publicNamesOf({ publicName, aliases }: Model): string[] {
  return [publicName, ...[...aliases].sort()];
}

/** By this, too, LiteLLM can be asked, and then for this deployment alone. */
export function deploymentId(name: string, { binding }: Deployment): string {
  return `${name}@${binding.host}`;
}

// A retry is as likely to meet the same dead host again, and LiteLLM rests none to which it cannot connect. Asked
// by its id, each deployment has its turn: the one that lives answers.
function fallbacks(deployments: readonly Deployment[]) {
  const ids: Record<string, string[]> = {};
  for (const deployment of deployments)
    for (const name of publicNamesOf(deployment.model))
      (ids[name] ??= []).push(deploymentId(name, deployment));
  const several = Object.entries(ids).filter(([, group]) => group.length > 1);
  if (several.length === 0) return {};
  return { fallbacks: several.map(([name, group]) => ({ [name]: group })) };
}

/**
 * A prompt that is longer than a model's context is refused: Ollama would cut it from the front and answer. The empty
 * lists say that a refused prompt goes to no other deployment; the fallbacks above, which ask by an id, skip the check.
 */
function refusals(deployments: readonly Deployment[]) {
  const names = new Set(deployments.flatMap(({ model }) => publicNamesOf(model)));
  return {
    enable_pre_call_checks: true,
    context_window_fallbacks: [...names].map((name) => ({ [name]: [] })),
  };
}

function modelEntry(name: string, deployment: Deployment) {
  const { model, binding } = deployment;
  return {
    model_name: name,
    litellm_params: { ...engineParams(model, binding), ...withoutTools(model) },
    model_info: {
      id: deploymentId(name, deployment),
      mode: model.kind,
      // LiteLLM knows no model with a tag, such as qwen2.5-coder:14b, and then looks at no limit unless this is here.
      ...(model.engine === 'ollama' ? { litellm_provider: providerOf(model) } : {}),
      ...(model.kind === 'chat' ? { supports_function_calling: model.tools } : {}),
      max_input_tokens: model.contextLength,
    },
  };
}

/** Whatever a client sends of tools, in the words of all four APIs of LiteLLM, as LiteLLM translates them. */
const toolParams = ['tools', 'tool_choice', 'functions', 'function_call', 'parallel_tool_calls'];

/** A model that cannot call tools answers a request with some by raw JSON, or its engine refuses the request. */
function withoutTools({ kind, tools }: Model) {
  return kind === 'chat' && !tools ? { additional_drop_params: toolParams } : {};
}

function providerOf({ kind }: Model): string {
  return kind === 'chat' ? 'ollama_chat' : 'ollama';
}

function engineParams(model: Model, { url }: Binding) {
  const { engine, id, kind, contextLength } = model;
  if (engine === 'ollama') {
    return {
      model: `${providerOf(model)}/${id}`,
      api_base: url,
      // Each model its own: the context of one would otherwise be that of all models of the engine.
      num_ctx: contextLength,
      // LiteLLM does not count the texts of a list, so Ollama has to refuse what it would cut.
      ...(kind === 'embedding' ? { truncate: false } : {}),
    };
  }
  return {
    model: `hosted_vllm/${servedNameOf(model)}`,
    api_base: `${url}/v1`,
    api_key: 'os.environ/VLLM_API_KEY',
  };
}

/** Models of Ollama's library whose template offers tools and whose answers to them are raw JSON all the same. */
const withoutToolsAtHeart = /^qwen2\.5-coder(?::|$)/;

/** What a plan says of models that are declared to call tools, and are known not to. */
export function toolWarnings(deployments: readonly Deployment[]): DefinedWarning[] {
  const models = new Set(deployments.map(({ model }) => model));
  return [...models]
    .filter(({ tools, id }) => tools && withoutToolsAtHeart.test(id))
    .map(({ publicName, name, id }) => ({
      reason: `${publicName} is declared to call tools, and ${id} is known to answer with raw JSON when it is offered some`,
      fix: `write tools: false in models/${name}.yaml, or serve a model that calls tools`,
    }));
}
