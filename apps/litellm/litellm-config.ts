import type { Binding, Model } from '@ai-stack/core';
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

function modelEntry(name: string, deployment: Deployment) {
  const { model, binding } = deployment;
  return {
    model_name: name,
    litellm_params: engineParams(model, binding),
    model_info: {
      id: deploymentId(name, deployment),
      mode: model.kind,
      ...(model.kind === 'chat' ? { supports_function_calling: model.tools } : {}),
      max_input_tokens: model.contextLength,
    },
  };
}

function engineParams(model: Model, { url }: Binding) {
  const { engine, id, kind } = model;
  if (engine === 'ollama') {
    const provider = kind === 'chat' ? 'ollama_chat' : 'ollama';
    return { model: `${provider}/${id}`, api_base: url };
  }
  return {
    model: `hosted_vllm/${servedNameOf(model)}`,
    api_base: `${url}/v1`,
    api_key: 'os.environ/VLLM_API_KEY',
  };
}
