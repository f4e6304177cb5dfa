import { parse } from 'yaml';
import { asJson, asList, asText, Refusal } from './http-double';
import type { Env } from './http-double';

/** Where the requests for one public name go. */
export interface Deployment {
  readonly name: string;
  /** Asks for this deployment alone. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  /** URL without a last slash, to which `/chat/completions` or `/embeddings` is added. */
  readonly base: string;
  readonly key: string | undefined;
}

export interface LitellmConfig {
  readonly deployments: readonly Deployment[];
  readonly masterKey: string;
  readonly timeoutMs: number;
  readonly retries: number;
}

/** Parses config.yaml, with the `os.environ/NAME` values that it refers to. Throws on what it cannot use. */
export function parseLitellmConfig(text: string, env: Env): LitellmConfig {
  const config = asJson(parse(text));
  const general = asJson(config.general_settings);
  const masterKey = resolve(general.master_key, env) ?? env.LITELLM_MASTER_KEY;
  if (masterKey === undefined || masterKey === '') throw new Error('there is no master key');
  return {
    deployments: asList(config.model_list).map((entry) => parseDeployment(asJson(entry), env)),
    masterKey,
    timeoutMs: 1000 * Number(asJson(config.litellm_settings).request_timeout ?? 600),
    retries: Number(asJson(config.router_settings).num_retries ?? 2),
  };
}

function parseDeployment(entry: Record<string, unknown>, env: Env): Deployment {
  const params = asJson(entry.litellm_params);
  const [provider = '', ...rest] = asText(params.model).split('/');
  const base = asText(params.api_base).replace(/\/$/, '');
  const name = asText(entry.model_name);
  // LiteLLM speaks Ollama's own API; the double takes its OpenAI-shaped one.
  const bases: Record<string, string> = {
    ollama: `${base}/v1`,
    ollama_chat: `${base}/v1`,
    hosted_vllm: base,
  };
  const url = bases[provider];
  if (url === undefined || base === '' || name === '') {
    throw new Error(`the double cannot use ${JSON.stringify({ name, model: params.model, base })}`);
  }
  const id = asText(asJson(entry.model_info).id);
  return {
    name,
    id,
    provider,
    model: rest.join('/'),
    base: url,
    key: resolve(params.api_key, env),
  };
}

function resolve(value: unknown, env: Env): string | undefined {
  const text = asText(value);
  if (text === '') return undefined;
  const variable = /^os\.environ\/(.+)$/.exec(text)?.[1];
  return variable === undefined ? text : env[variable];
}

export interface LitellmArgs {
  readonly config: string;
  readonly port: number;
  readonly host: string;
}

/** Parses the arguments of `litellm`; throws what click would print, whose exit code is 2. */
export function parseLitellmArgs(argv: readonly string[]): LitellmArgs {
  const known = ['--config', '--port', '--host', '--num_workers', '--telemetry'];
  const given = new Map<string, string>();
  for (let at = 0; at < argv.length; at += 2) {
    const [name = '', value] = argv.slice(at, at + 2);
    if (!known.includes(name)) throw new Refusal(2, `No such option: ${name}`);
    if (value === undefined) throw new Refusal(2, `Option '${name}' requires an argument.`);
    given.set(name, value);
  }
  const config = given.get('--config');
  if (config === undefined) throw new Refusal(2, 'the double needs --config');
  const port = Number(given.get('--port') ?? 4000);
  return { config, port, host: given.get('--host') ?? '0.0.0.0' };
}
