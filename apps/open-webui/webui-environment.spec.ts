import { describe, expect, it } from '@jest/globals';
import { renderService } from '@ai-stack/render';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { variables, withOptions } from '@ai-stack/testing/chat-environment';

describe('the settings of Open WebUI', () => {
  it('reach the gateway inside the stack, never by the public name', () => {
    expect(variables(labEnvironment())).toMatchObject({
      OPENAI_API_BASE_URL: 'http://litellm:4000/v1',
      RAG_OPENAI_API_BASE_URL: 'http://litellm:4000/v1',
      QDRANT_URI: 'http://qdrant.lab.example:6333',
      ENABLE_OLLAMA_API: 'false',
    });
  });

  it.each([
    ['rendered', 'false'],
    ['ui', 'true'],
  ])('win at each start or belong to the browser: %s', (settings, expected) => {
    const found = variables(withOptions({ settings }));
    expect(found['ENABLE_PERSISTENT_CONFIG']).toBe(expected);
  });

  it('keep the login by password closed unless asked for', () => {
    expect(variables(labEnvironment())).toMatchObject({
      ENABLE_LOGIN_FORM: 'false',
      ENABLE_PASSWORD_AUTH: 'false',
      OAUTH_AUTO_REDIRECT: 'true',
    });
    expect(variables(withOptions({ passwordLogin: true }))).toMatchObject({
      ENABLE_LOGIN_FORM: 'true',
      OAUTH_AUTO_REDIRECT: 'false',
    });
  });

  it.each([
    [{}, 'https://auth.lab.example/flows/-/default/invalidation/'],
    [{ signOut: 'provider' }, 'https://auth.lab.example/flows/-/default/invalidation/'],
    [{ signOut: 'application' }, undefined],
    [{ signOut: 'https://intranet.lab.example/bye' }, 'https://intranet.lab.example/bye'],
  ])('end the login at the provider at a sign-out, unless told otherwise: %j', (options, url) => {
    expect(variables(withOptions(options))['OPENID_END_SESSION_ENDPOINT']).toBe(url);
  });

  it.each([
    ['everyone', 'true'],
    ['granted', 'false'],
  ])('give the models to %s', (modelAccess, expected) => {
    const found = variables(withOptions({ modelAccess }));
    expect(found['BYPASS_MODEL_ACCESS_CONTROL']).toBe(expected);
  });

  it('make a first account that is not a person, because it becomes an administrator', () => {
    expect(variables(labEnvironment())).toMatchObject({
      WEBUI_ADMIN_EMAIL: 'first-account@chat.lab.example',
      WEBUI_ADMIN_PASSWORD: expect.stringContaining('${WEBUI_ADMIN_PASSWORD:?'),
    });
  });

  it('use its own embeddings where no model embeds', () => {
    const environment = labEnvironment();
    const models = environment.models.filter(({ kind }) => kind === 'chat');
    expect(variables({ ...environment, models })).not.toHaveProperty('RAG_EMBEDDING_ENGINE');
  });
});

describe('accounts that are there before the first login by the provider', () => {
  const warnings = (options: object) =>
    renderService(
      withOptions(options),
      'open-webui',
      definitions['open-webui']!,
    )[0]!.warnings?.filter(({ guard }) => guard === undefined);

  it('are warned of where the login is by the provider alone', () => {
    expect(warnings({})).toEqual([
      {
        ifFile: '/srv/docker/open-webui/webui.db',
        unlessDeployed: 'ENABLE_PASSWORD_AUTH: "false"',
        reason: expect.stringContaining('whoever has the same address there is refused'),
        fix: expect.stringContaining(
          'mergeAccountsByEmail: true in apps/open-webui/environments/lab.yaml for one deploy',
        ),
      },
    ]);
    expect(warnings({ passwordLogin: true })).toEqual([]);
    const compose = renderService(labEnvironment(), 'open-webui', definitions['open-webui']!)[0]!
      .files[0]!.content;
    expect(compose).toContain('ENABLE_PASSWORD_AUTH: "false"');
  });

  it('go to whoever has their address, for as long as that is said', () => {
    const merging = { mergeAccountsByEmail: true };
    expect(variables(withOptions(merging))['OAUTH_MERGE_ACCOUNTS_BY_EMAIL']).toBe('true');
    expect(variables(withOptions({}))['OAUTH_MERGE_ACCOUNTS_BY_EMAIL']).toBe('false');
    expect(warnings(merging)).toEqual([
      { reason: expect.stringContaining('gets that account'), fix: expect.anything() },
    ]);
  });
});

describe('Open WebUI refuses', () => {
  it.each([
    [
      'a model that nobody serves',
      withOptions({ defaultModel: 'gpt-4' }),
      /no chat model gpt-4[\s\S]*use one of qwen2\.5-coder, qwen2\.5-7b-instruct/,
    ],
    [
      'a chat model for embeddings',
      withOptions({ embeddingModel: 'qwen2.5-coder' }),
      /no embedding model/,
    ],
    [
      'a group with a comma',
      {
        ...labEnvironment(),
        sso: { ...labEnvironment().sso, groups: { users: 'a,b', admins: 'c' } },
      },
      /separates groups by commas/,
    ],
    ['an unknown option', withOptions({ colour: 'red' }), /colour/],
    ['a sign-out by plain http', withOptions({ signOut: 'http://a.example/' }), /signOut/],
  ] as const)('%s', (_case, environment, message) => {
    expect(() => variables(environment)).toThrow(message);
  });

  it('not a slug that is left out: Authentik makes it from the name of the application', () => {
    const sso = { ...labEnvironment().sso, applications: {} };
    expect(variables({ ...labEnvironment(), sso })).toMatchObject({
      OPENID_PROVIDER_URL:
        'https://auth.lab.example/application/o/open-webui/.well-known/openid-configuration',
    });
  });

  it('two vector stores', () => {
    const environment = labEnvironment();
    const hosts = environment.hosts.map((host) => ({
      ...host,
      services: [...new Set([...host.services, 'qdrant'])],
    }));
    expect(() => variables({ ...environment, hosts })).toThrow(/one qdrant/);
  });
});
