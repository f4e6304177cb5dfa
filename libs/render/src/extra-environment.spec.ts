import { describe, expect, it } from '@jest/globals';
import { flattenErrors, type Environment } from '@ai-stack/core';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { parse } from 'yaml';
import { renderService } from './render-service';

const withOptions = (service: string, options: object): Environment => {
  const environment = labEnvironment();
  const services = environment.services.map((entry) =>
    entry.contract.name === service
      ? { ...entry, options: { ...(entry.options as object), ...options } }
      : entry,
  );
  return { ...environment, services };
};

/** A service of the lab with these variables: those of its container. */
function render(
  service: string,
  extraEnvironment: object,
  more: object = {},
  environment?: Environment,
) {
  const within = environment ?? withOptions(service, { extraEnvironment, ...more });
  const [release] = renderService(within, service, definitions[service]!);
  const file = release!.files.find(({ path }) => path.endsWith('/compose.yaml'))!;
  const { services } = parse(file.content) as {
    services: Record<string, { environment?: Record<string, string>; volumes?: object[] }>;
  };
  return services[service]!;
}

function errorsOf(service: string, extraEnvironment: object): string[] {
  try {
    render(service, extraEnvironment);
    return [];
  } catch (error) {
    return flattenErrors(error).map(({ what, fix = '' }) => `${what} -> ${fix}`);
  }
}

/** A service of the user's own may be placed nowhere in the lab. */
const placed = labEnvironment().hosts.flatMap(({ services }) => services);

describe('extraEnvironment', () => {
  it.each(placed)('reaches the container of %s literally', (service) => {
    const extra = { OWN_SETTING: '$HOME yes: "x"', Lower_1: '1' };
    expect(render(service, extra).environment).toMatchObject({
      OWN_SETTING: '$$HOME yes: "x"',
      Lower_1: '1',
    });
  });

  it('changes nothing when it is left out or empty', () => {
    for (const service of placed) {
      const plain = render(service, {}, {}, labEnvironment());
      expect(render(service, {})).toEqual(plain);
    }
  });

  it.each<[string, string, string, string]>([
    [
      'ollama',
      'OLLAMA_KEEP_ALIVE',
      'is set by the option keepAlive',
      'set keepAlive in apps/ollama/environments/lab.yaml',
    ],
    [
      'ollama',
      'OLLAMA_FLASH_ATTENTION',
      'is set by the option flashAttention',
      'remove OLLAMA_FLASH_ATTENTION',
    ],
    ['ollama', 'OLLAMA_HOST', 'is rendered already', 'apps/ollama/service.ts'],
    ['ollama', 'OLLAMA_MODELS', 'models are in the directory that is mounted', 'remove'],
    ['ollama', 'SSL_CERT_FILE', 'is set by the option caFolder', 'set caFolder'],
    ['qdrant', 'qdrant__log_level', 'is set by the option logLevel', 'set logLevel'],
    ['qdrant', 'QDRANT__SERVICE__API_KEY', 'is a secret of the stack', 'secretsFile'],
    ['open-webui', 'ENABLE_LOGIN_FORM', 'is set by the option passwordLogin', 'set passwordLogin'],
    ['open-webui', 'DEFAULT_USER_ROLE', 'is rendered already', 'apps/open-webui/service.ts'],
    ['open-webui', 'OAUTH_ADMIN_ROLES', 'groups.admins in sso.yaml', 'remove'],
    ['vllm', 'VLLM_CPU_KVCACHE_SPACE', 'is set by the option contextMemory', 'set contextMemory'],
    ['litellm', 'LITELLM_LOG', 'is set by the option logLevel', 'set logLevel'],
  ])('of %s: %s %s', (service, name, what, fix) => {
    const errors = errorsOf(service, { [name]: 'x' });
    expect(errors).toEqual([expect.stringContaining(`${name} `)]);
    expect(errors[0]).toContain(what);
    expect(errors[0]).toContain(fix);
  });

  it.each([
    ['MY_API_KEY', 'x'],
    ['AWS_SECRET_ACCESS_KEY', 'x'],
    ['github_token', 'x'],
    ['DB_PASSWORD', 'x'],
    ['HTTPS_PROXY', 'http://ann:pa55@proxy.example.org:3128'],
    ['PLAIN', 'sk-0123456789'],
  ])('refuses %s, which is a secret, and does not print it', (name, value) => {
    const errors = errorsOf('ollama', { [name]: value });
    expect(errors).toEqual([expect.stringMatching(/secret.* is in git.*secretsFile/)]);
    expect(errors[0]).not.toContain(value === 'x' ? ' x ' : value);
  });

  it.each([
    ['MAX_TOKENS', '100'],
    ['TOKENIZERS_PARALLELISM', 'false'],
    ['ENABLE_API_KEYS_PAGE', 'true'],
    ['KEYBOARD', 'x'],
    ['HTTPS_PROXY', 'http://proxy.example.org:3128'],
    ['HF_ENDPOINT', 'https://hub.example.org'],
  ])('takes %s=%s', (name, value) => {
    expect(render('ollama', { [name]: value }).environment).toMatchObject({ [name]: value });
  });

  it('says all that is wrong at once', () => {
    expect(
      errorsOf('ollama', { OLLAMA_HOST: 'x', MY_TOKEN: 'x', OLLAMA_MODELS: '/x' }),
    ).toHaveLength(3);
  });
});

describe('a proxy', () => {
  const proxy = 'http://proxy.example.org:3128';
  const own = 'localhost,127.0.0.1,lab.example';
  const noProxies = (service: string, extra: object, environment?: Environment) => {
    const { NO_PROXY, no_proxy } = render(service, extra, {}, environment).environment ?? {};
    expect(no_proxy).toBe(NO_PROXY);
    return NO_PROXY;
  };

  it.each(['HTTP_PROXY', 'https_proxy', 'ALL_PROXY'])(
    'by %s is not asked for the stack',
    (name) => {
      expect(noProxies('ollama', { [name]: proxy })).toBe(own);
      expect(render('ollama', { OTHER: proxy }).environment).not.toHaveProperty('NO_PROXY');
    },
  );

  it('is not asked for what the service needs: neither by its alias nor by a name outside of the domain', () => {
    expect(noProxies('open-webui', { HTTPS_PROXY: proxy })).toBe(`${own},litellm,dns`);
    const environment = withOptions('open-webui', { extraEnvironment: { HTTPS_PROXY: proxy } });
    const hosts = environment.hosts.map((host) => ({
      ...host,
      fqdn: `${host.name}.elsewhere.test`,
      services: host.services
        .filter((service) => service !== 'litellm')
        .concat(host.name === 'management' ? 'litellm' : []),
    }));
    const direct = noProxies('open-webui', {}, { ...environment, hosts });
    expect(direct).toBe(`${own},management.elsewhere.test,dns`);
  });

  it('keeps what the operator lists', () => {
    const extra = { HTTPS_PROXY: proxy, no_proxy: '.example.org, 10.0.0.0/8 localhost' };
    expect(noProxies('ollama', extra)).toBe(
      '.example.org,10.0.0.0/8,localhost,127.0.0.1,lab.example',
    );
  });

  it.each<[object, RegExp]>([
    [{ HTTPS_PROXY: proxy, https_proxy: 'http://other:1' }, /https_proxy and HTTPS_PROXY differ/],
    [{ HTTPS_PROXY: proxy, NO_PROXY: 'a', no_proxy: 'b' }, /no_proxy and NO_PROXY differ/],
    [{ HTTP_PROXY: 'http://127.0.0.1:3128' }, /HTTP_PROXY is an address of the container itself/],
    [{ http_proxy: 'localhost:3128' }, /http_proxy is an address of the container itself/],
  ])('%j is refused', (extra, what) => {
    expect(errorsOf('ollama', extra)).toEqual([expect.stringMatching(what)]);
  });
});

describe('a private CA', () => {
  const caFolder = '/etc/ai-stack-ca';

  it.each(['ollama', 'vllm', 'open-webui'])(
    'of %s is mounted, and named to the program',
    (service) => {
      const { environment, volumes } = render(service, {}, { caFolder });
      expect(volumes).toContainEqual({
        ...{ type: 'bind', source: caFolder, target: '/etc/ai-stack/ca', read_only: true },
      });
      expect(environment).toMatchObject({
        SSL_CERT_FILE: '/etc/ai-stack/ca/ca.pem',
        REQUESTS_CA_BUNDLE: '/etc/ai-stack/ca/ca.pem',
      });
    },
  );
});

it.each(Object.entries(definitions))('%s names options that it has', (_, definition) => {
  const options = Object.keys((definition.options as unknown as { shape: object }).shape);
  expect(options.length).toBeGreaterThan(3);
  for (const owner of Object.values(definition.variables ?? {}))
    expect(owner.includes(' ') || options.includes(owner) ? '' : owner).toBe('');
});
