import { describe, expect, it } from '@jest/globals';
import type { Environment, Ingress, Model } from '@ai-stack/core';
import { renderService } from '@ai-stack/render';
import { parse } from 'yaml';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';

interface Config {
  model_list: {
    model_name: string;
    litellm_params: Record<string, unknown>;
    model_info: Record<string, unknown>;
  }[];
  router_settings: {
    fallbacks?: Record<string, string[]>[];
    enable_pre_call_checks?: boolean;
    context_window_fallbacks?: Record<string, string[]>[];
  };
}

function render(environment: Environment) {
  return renderService(environment, 'litellm', definitions['litellm']!)[0]!;
}

function config(environment: Environment) {
  const file = render(environment).files.find(({ path }) => path.endsWith('/config.yaml'));
  return parse(file!.content) as Config;
}
function entries(environment: Environment) {
  return config(environment).model_list.map(({ model_name, litellm_params }) =>
    [model_name, litellm_params['model'], litellm_params['api_base']].join(' '),
  );
}

/** The lab with other fields in one of its models. */
function withModel(name: string, fields: Partial<Model>, environment = labEnvironment()) {
  const models = environment.models.map((model) =>
    model.name === name ? { ...model, ...fields } : model,
  );
  return { ...environment, models };
}
function entryOf(environment: Environment, name: string) {
  return config(environment).model_list.find(({ model_name }) => model_name === name)!;
}

/** The lab with ollama on both hosts. */
function twoEngines(): Environment {
  const environment = labEnvironment();
  const hosts = environment.hosts.map((host) => ({
    ...host,
    services: [...new Set([...host.services, 'ollama'])],
  }));
  return { ...environment, hosts };
}

it('refuses a model of an engine that it cannot ask', () => {
  const environment = labEnvironment();
  const models = environment.models.map((model) => ({ ...model, engine: 'mine' }));
  expect(() => render({ ...environment, models })).toThrow(
    /models\/nomic-embed-text\.yaml, engine, .*LiteLLM would not offer nomic-embed-text: it does not know how to ask mine/,
  );
});

describe('config.yaml', () => {
  it('offers each model of each engine under its name', () => {
    expect(entries(labEnvironment())).toEqual([
      'nomic-embed-text ollama/nomic-embed-text http://ollama.lab.example:11434',
      'qwen2.5-7b-instruct hosted_vllm/Qwen2.5-7B-Instruct http://vllm.lab.example:8000/v1',
      'qwen2.5-coder ollama_chat/qwen2.5-coder:14b http://ollama.lab.example:11434',
    ]);
  });

  it('gives a model on two hosts two deployments under one name', () => {
    expect(entries(twoEngines()).filter((line) => line.startsWith('qwen2.5-coder'))).toEqual([
      'qwen2.5-coder ollama_chat/qwen2.5-coder:14b http://ollama-management.lab.example:11434',
      'qwen2.5-coder ollama_chat/qwen2.5-coder:14b http://ollama:11434',
    ]);
  });

  it('falls back to each deployment of a name that has several, and to none of another name', () => {
    expect(config(twoEngines()).router_settings.fallbacks).toEqual([
      { 'nomic-embed-text': ['nomic-embed-text@management', 'nomic-embed-text@trusted'] },
      { 'qwen2.5-coder': ['qwen2.5-coder@management', 'qwen2.5-coder@trusted'] },
    ]);
    expect(config(labEnvironment()).router_settings).not.toHaveProperty('fallbacks');
  });

  it('takes a model only from the hosts that it names', () => {
    const environment = twoEngines();
    const models = environment.models.map((model) => ({ ...model, hosts: ['management'] }));
    expect(entries({ ...environment, models })).toHaveLength(3);
  });

  it.each(['qwen2.5-coder', 'qwen2.5-7b-instruct'])(
    'lets tools through to %s only when it calls tools',
    (name) => {
      const dropped = (tools: boolean) =>
        entryOf(withModel(name, { tools }), name).litellm_params['additional_drop_params'];
      expect(dropped(true)).toBeUndefined();
      expect(dropped(false)).toEqual([
        ...['tools', 'tool_choice', 'functions', 'function_call', 'parallel_tool_calls'],
      ]);
    },
  );

  it('gives each model of Ollama its own context, and no other', () => {
    const environment = withModel('qwen2.5-coder', { contextLength: 131_072 });
    const contexts = config(environment).model_list.map(({ model_name, litellm_params }) => [
      model_name,
      litellm_params['num_ctx'],
    ]);
    expect(contexts).toEqual([
      ['nomic-embed-text', 2048],
      ['qwen2.5-7b-instruct', undefined],
      ['qwen2.5-coder', 131_072],
    ]);
  });

  it('refuses a prompt that is longer than the context, under each name, and asks nobody else', () => {
    const environment = withModel('qwen2.5-coder', { aliases: ['coder'] }, twoEngines());
    expect(config(environment).router_settings).toMatchObject({
      enable_pre_call_checks: true,
      context_window_fallbacks: [
        { 'nomic-embed-text': [] },
        { 'qwen2.5-7b-instruct': [] },
        { 'qwen2.5-coder': [] },
        { coder: [] },
      ],
    });
    // Without its provider LiteLLM does not find the limit of a model with a tag.
    expect(entryOf(environment, 'coder').model_info).toMatchObject({
      max_input_tokens: 32_768,
      litellm_provider: 'ollama_chat',
    });
    expect(entryOf(environment, 'nomic-embed-text')).toMatchObject({
      litellm_params: { truncate: false },
      model_info: { litellm_provider: 'ollama' },
    });
  });

  it('warns of a model that is declared to call tools and is known not to', () => {
    const warned = (tools: boolean) => render(withModel('qwen2.5-coder', { tools })).warnings;
    expect(warned(false)).toEqual([]);
    expect(warned(true)).toEqual([
      {
        reason: expect.stringContaining('known to answer with raw JSON'),
        fix: expect.stringContaining('tools: false in models/qwen2.5-coder.yaml'),
      },
    ]);
  });

  it('is verified by an answer under each name, and of each deployment where a name has several', () => {
    const { probes, files } = render(twoEngines());
    const asked = probes.flatMap(({ level, id, title, ask }) =>
      level === 'inference' && 'body' in ask
        ? [{ id, title, model: (ask.body as { model: string }).model }]
        : [],
    );
    expect(asked.map(({ model }) => model)).toEqual([
      'nomic-embed-text',
      'nomic-embed-text@management',
      'nomic-embed-text@trusted',
      'qwen2.5-7b-instruct',
      'qwen2.5-coder',
      'qwen2.5-coder@management',
      'qwen2.5-coder@trusted',
    ]);
    expect(asked).toContainEqual({
      id: 'litellm/completion-qwen2.5-coder@management@trusted',
      title: 'qwen2.5-coder on management completes one token',
      model: 'qwen2.5-coder@management',
    });
    expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length);
    const text = files.find(({ path }) => path.endsWith('/config.yaml'))!.content;
    for (const { model } of asked) expect(text).toMatch(new RegExp(`(id|model_name): ${model}\n`));
  });

  it('repeats a model under each alias, and expects all of them to be listed', () => {
    const environment = labEnvironment();
    const models = environment.models.map((model) =>
      model.name === 'qwen2.5-coder' ? { ...model, aliases: ['gpt-4o', 'coder'] } : model,
    );
    const changed = { ...environment, models };
    expect(entries(changed).map((line) => line.split(' ')[0])).toEqual([
      'nomic-embed-text',
      'qwen2.5-7b-instruct',
      'qwen2.5-coder',
      'coder',
      'gpt-4o',
    ]);
    const probe = render(changed).probes.find(({ id }) => id === 'litellm/models@trusted');
    expect(probe?.expect).toMatchObject({
      json: [
        {
          equals: ['coder', 'gpt-4o', 'nomic-embed-text', 'qwen2.5-7b-instruct', 'qwen2.5-coder'],
        },
      ],
    });
  });

  it('without vLLM neither knows its models nor asks for its key', () => {
    const environment = labEnvironment();
    const hosts = environment.hosts.map((host) => ({
      ...host,
      services: host.services.filter((service) => service !== 'vllm'),
    }));
    const release = render({ ...environment, hosts });
    expect(release.environmentKeys).toEqual(['LITELLM_MASTER_KEY']);
    expect(release.files.map(({ content }) => content).join('')).not.toContain('vllm');
  });

  it('refuses to offer no model at all', () => {
    expect(() => render({ ...labEnvironment(), models: [] })).toThrow(/would offer no model/);
  });
});

describe('the way in with a key', () => {
  const withAccess = (ingress: Partial<Ingress>) => {
    const environment = labEnvironment();
    const release = render({ ...environment, ingress: { ...environment.ingress, ...ingress } });
    const compose = release.files.find(({ path }) => path.endsWith('/compose.yaml'))!.content;
    return { routers: release.routers, compose, probes: release.probes.map(({ id }) => id) };
  };

  it('is closed by default', () => {
    const { routers, probes } = withAccess({ apiAccess: 'off' });
    expect(routers).toEqual(['litellm']);
    expect(probes).not.toContain('litellm/public-key');
  });

  it('is open to the ranges of the LAN', () => {
    const { routers, compose, probes } = withAccess({ apiAccess: 'lan' });
    expect(routers).toEqual(['litellm', 'litellm-api']);
    expect(compose).toContain('ClientIP(`172.30.77.0/24`)');
    expect(compose).toContain(
      'PathPrefix(`/v1/`) && (HeaderRegexp(`Authorization`, `^Bearer sk-`) || HeaderRegexp(`X-Api-Key`, `^sk-`))',
    );
    expect(compose).toContain('litellm-api-rate.ratelimit');
    expect(probes).toEqual(
      expect.arrayContaining([
        'litellm/public-key',
        'litellm/public-x-api-key',
        'litellm/public-wrong-key',
      ]),
    );
  });

  it('is open to everybody, with the rate limit', () => {
    const { compose } = withAccess({ apiAccess: 'internet', lanRanges: [] });
    expect(compose).not.toContain('ClientIP');
    expect(compose).toContain('litellm-api-rate.ratelimit');
  });

  it('needs ranges when it is open to the LAN', () => {
    expect(() => withAccess({ apiAccess: 'lan', lanRanges: [] })).toThrow(/lanRanges is empty/);
  });
});
