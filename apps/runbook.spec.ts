import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Probe, Release } from '@ai-stack/core';
import { dnsRecords, fullName, renderStack } from '@ai-stack/render';
import { parse } from 'yaml';
import { inventoryEnvironment, onlyServices } from '@ai-stack/testing/inventory-environment';
import { definitions } from '@ai-stack/testing/sample-environment';

interface Service {
  environment: Record<string, string>;
  command?: string[];
  labels: Record<string, string>;
  ports?: { published: string; host_ip: string; target: number }[];
  volumes?: { source: string; target: string }[];
}

// The runbook's services; what was added since is its owner's to test.
const six = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant', 'vllm'];
const prod = onlyServices(inventoryEnvironment('prod'), six);
const releases = renderStack(prod, definitions);
const trusted = 'lxc-prod-2.prx-prod-1.homehub.dk';
const management = 'srv-prod-1.prx-prod-2.homehub.dk';

function release(service: string): Release {
  const found = releases.filter((candidate) => candidate.service === service);
  expect(found).toHaveLength(1);
  return found[0]!;
}

function composeOf(item: Release): string {
  return item.files.find(({ path }) => path === `${item.stackDirectory}/compose.yaml`)!.content;
}

function container(service: string): Service {
  const { services } = parse(composeOf(release(service))) as { services: Record<string, Service> };
  return services[service]!;
}

function fqdnOf(service: string): string {
  return prod.hosts.find(({ name }) => name === release(service).host)!.fqdn;
}

function probe(id: string): Probe {
  const found = releases.flatMap(({ probes }) => probes).find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no probe ${id}`);
  return found;
}

describe('Service placement', () => {
  it.each([
    ['open-webui', trusted],
    ['litellm', trusted],
    ['dns', trusted],
    ['ollama', management],
    ['qdrant', management],
    ['vllm', management],
  ])('%s runs on %s', (service, fqdn) => {
    expect(fqdnOf(service)).toBe(fqdn);
  });

  it('the trusted server is 10.2.1.130', () => {
    expect(prod.hosts.find(({ fqdn }) => fqdn === trusted)?.address).toBe('10.2.1.130');
  });

  it.each([
    ['open-webui', 'chat.homehub.dk', '8080'],
    ['litellm', 'openai.homehub.dk', '4000'],
  ])('%s is https://%s through Traefik, behind authentik@docker', (service, name, port) => {
    const { labels, ports } = container(service);
    expect(labels).toMatchObject({
      'traefik.enable': 'true',
      'traefik.docker.network': 'proxy',
      [`traefik.http.routers.${service}.rule`]: `Host(\`${name}\`)`,
      [`traefik.http.routers.${service}.entrypoints`]: 'websecure',
      [`traefik.http.routers.${service}.tls`]: 'true',
      [`traefik.http.routers.${service}.tls.certresolver`]: 'letsencrypt',
      [`traefik.http.routers.${service}.middlewares`]: 'authentik@docker',
      [`traefik.http.services.${service}.loadbalancer.server.port`]: port,
    });
    expect(release(service).routers).toEqual([service]);
    expect(ports).toBeUndefined();
  });

  it.each([
    ['ollama', 11434],
    ['qdrant', 6333],
    ['vllm', 8000],
  ])('%s answers on port %d of the management server, inside only', (service, port) => {
    const { address } = prod.hosts.find(({ fqdn }) => fqdn === management)!;
    expect(release(service).ports).toEqual([{ address, port, protocol: 'tcp' }]);
    expect(container(service).labels).not.toHaveProperty('traefik.enable');
  });
});

describe('DNS records', () => {
  const records = dnsRecords(prod).map((record) =>
    [fullName(prod, record), record.type, record.value].join(' '),
  );

  it.each([
    `chat.homehub.dk CNAME ${trusted}`,
    `openai.homehub.dk CNAME ${trusted}`,
    `ollama.homehub.dk CNAME ${management}`,
    `qdrant.homehub.dk CNAME ${management}`,
    `vllm.homehub.dk CNAME ${management}`,
    `${trusted} A 10.2.1.130`,
    `${management} A 10.2.1.131`,
  ])('%s', (record) => {
    expect(records).toContain(record);
  });

  it('and no other', () => {
    expect(records).toHaveLength(7);
  });

  it('answer on port 53 of 10.2.1.130, by udp and tcp', () => {
    expect(release('dns').ports).toEqual([
      { address: '10.2.1.130', port: 53, protocol: 'tcp' },
      { address: '10.2.1.130', port: 53, protocol: 'udp' },
    ]);
  });
});

describe('Data paths', () => {
  it.each([
    ['open-webui', '/srv/docker/open-webui', '/app/backend/data'],
    ['litellm', '/srv/docker/litellm/config', '/app/config'],
    ['ollama', '/srv/docker/ollama', '/root/.ollama'],
    ['qdrant', '/srv/docker/qdrant/storage', '/qdrant/storage'],
    ['qdrant', '/srv/docker/qdrant/snapshots', '/qdrant/snapshots'],
    ['vllm', '/srv/docker/vllm/huggingface', '/root/.cache/huggingface'],
    ['vllm', '/srv/docker/vllm/cache', '/root/.cache/vllm'],
  ])('%s keeps %s, mounted at %s', (service, source, target) => {
    const mounts = container(service).volumes ?? [];
    expect(mounts.map((mount) => [mount.source, mount.target])).toContainEqual([source, target]);
    expect(release(service).directories.map(({ path }) => path)).toContain(source);
  });

  it('/srv/docker/litellm/config/config.yaml holds the config of LiteLLM', () => {
    const paths = release('litellm').files.map(({ path }) => path);
    expect(paths).toContain('/srv/docker/litellm/config/config.yaml');
  });

  it.each(releases.map(({ service }) => service))(
    '/opt/stacks/ai/%s/compose.yaml is what runs',
    (service) => {
      expect(release(service).stackDirectory).toBe(`/opt/stacks/ai/${service}`);
      expect(composeOf(release(service))).toContain(`\nname: ai-${service}\n`);
    },
  );
});

describe('Models', () => {
  it('Ollama: qwen2.5-coder:14b', () => {
    expect(release('ollama').pullModels).toContain('qwen2.5-coder:14b');
  });

  it('vLLM: Qwen2.5-7B-Instruct', () => {
    expect(container('vllm').command?.slice(0, 3)).toEqual([
      'Qwen/Qwen2.5-7B-Instruct',
      '--served-model-name',
      'Qwen2.5-7B-Instruct',
    ]);
  });

  it('LiteLLM offers both, by internal DNS names', () => {
    const config = release('litellm').files.find(({ path }) => path.endsWith('/config.yaml'))!;
    const { model_list: models } = parse(config.content) as {
      model_list: { model_name: string; litellm_params: { model: string; api_base: string } }[];
    };
    const found = models.map(({ model_name, litellm_params: { model, api_base } }) =>
      [model_name, model, api_base].join(' '),
    );
    expect(found).toEqual([
      'nomic-embed-text ollama/nomic-embed-text:v1.5 http://ollama.homehub.dk:11434',
      'qwen2.5-7b-instruct hosted_vllm/Qwen2.5-7B-Instruct http://vllm.homehub.dk:8000/v1',
      'qwen2.5-coder ollama_chat/qwen2.5-coder:14b http://ollama.homehub.dk:11434',
    ]);
  });
});

describe('Authentication', () => {
  it('the redirect URI of the provider openwebui is https://chat.homehub.dk/oauth/oidc/callback', () => {
    expect(container('open-webui').environment).toMatchObject({
      OPENID_REDIRECT_URI: 'https://chat.homehub.dk/oauth/oidc/callback',
      OPENID_PROVIDER_URL:
        'https://auth.homehub.dk/application/o/openwebui/.well-known/openid-configuration',
      WEBUI_URL: 'https://chat.homehub.dk',
    });
  });

  it('LiteLLM takes its master key from the environment', () => {
    const config = release('litellm').files.find(({ path }) => path.endsWith('/config.yaml'))!;
    expect(config.content).toContain('master_key: os.environ/LITELLM_MASTER_KEY');
  });
});

describe('Deployment: .env', () => {
  it.each([
    [
      'open-webui',
      [
        'LITELLM_MASTER_KEY',
        'OAUTH_CLIENT_ID',
        'OAUTH_CLIENT_SECRET',
        'QDRANT_API_KEY',
        'WEBUI_ADMIN_PASSWORD',
        'WEBUI_SECRET_KEY',
      ],
    ],
    ['litellm', ['LITELLM_MASTER_KEY', 'VLLM_API_KEY']],
    ['qdrant', ['QDRANT_API_KEY']],
    ['vllm', ['HF_TOKEN', 'VLLM_API_KEY']],
    ['ollama', []],
    ['dns', []],
  ])('%s reads %j', (service, keys) => {
    expect(release(service).environmentKeys).toEqual(keys);
    expect(
      release(service)
        .secrets.map(({ key }) => key)
        .sort(),
    ).toEqual(keys);
  });

  it('the master key is generated as sk- and 64 hex digits, like openssl rand -hex 32', () => {
    const key = release('litellm').secrets.find((spec) => spec.key === 'LITELLM_MASTER_KEY');
    expect(key?.source).toEqual({ kind: 'generated', bytes: 32, prefix: 'sk-' });
  });
});

describe('Verification', () => {
  it.each([
    [`dns/${management}-a@controller`, management, 'A', '10.2.1.131'],
    ['dns/chat.homehub.dk-cname@controller', 'chat.homehub.dk', 'CNAME', trusted],
    ['dns/ollama.homehub.dk-cname@controller', 'ollama.homehub.dk', 'CNAME', management],
  ])('%s: dig @10.2.1.130', (id, name, type, answer) => {
    expect(probe(id)).toMatchObject({
      vantage: 'controller',
      ask: { kind: 'dns', server: '10.2.1.130', name, type },
      expect: { answers: [answer] },
    });
  });

  it.each([
    ['ollama/tags@management', 'http://ollama.homehub.dk:11434/api/tags'],
    ['qdrant/ready@management', 'http://qdrant.homehub.dk:6333/readyz'],
  ])('%s: curl %s from the trusted server', (id, url) => {
    expect(probe(id)).toMatchObject({
      vantage: 'host:trusted',
      ask: { kind: 'http', method: 'GET', url, resolver: 'own' },
      expect: { status: [200] },
    });
  });

  it.each([
    ['open-webui/login', 'https://chat.homehub.dk/'],
    ['litellm/login', 'https://openai.homehub.dk/v1/models'],
  ])('%s: curl -I %s leads to the login', (id, url) => {
    expect(probe(id)).toMatchObject({
      vantage: 'controller',
      ask: { kind: 'http', method: 'GET', url },
      expect: {
        status: [302, 303, 307],
        location: [{ host: 'auth.homehub.dk' }, { pathPrefix: '/outpost.goauthentik.io/' }],
      },
    });
  });
});

describe('Usage', () => {
  it('Open WebUI is connected to LiteLLM with its key, and begins with qwen2.5-coder', () => {
    expect(container('open-webui').environment).toMatchObject({
      OPENAI_API_BASE_URL: 'http://litellm:4000/v1',
      OPENAI_API_KEY: '${LITELLM_MASTER_KEY:?not set in .env}',
      DEFAULT_MODELS: 'qwen2.5-coder',
    });
  });
});

describe('Architecture notes', () => {
  it('services find each other by name, never by address', () => {
    for (const item of releases.filter(({ service }) => service !== 'dns')) {
      const text = item.files.map(({ content }) => content).join('\n');
      const addresses = text.match(/\b\d+\.\d+\.\d+\.\d+\b/g) ?? [];
      const { address } = prod.hosts.find(({ name }) => name === item.host)!;
      // Where it listens, the resolver, and the container itself; no other machine.
      const allowed = [address, '10.2.1.130', '127.0.0.1', '0.0.0.0'];
      expect(addresses.filter((found) => !allowed.includes(found))).toEqual([]);
    }
  });

  it('no Traefik and no Authentik runs in this stack', () => {
    const images = releases.flatMap(({ containers }) => containers.map(({ image }) => image));
    expect(images.filter((image) => /traefik|authentik/.test(image))).toEqual([]);
  });

  it('GPUs are reserved on the management server only', () => {
    const withGpu = releases.filter((candidate) => composeOf(candidate).includes('driver: nvidia'));
    expect(withGpu.map(({ service }) => service).sort()).toEqual(['ollama', 'vllm']);
  });
});

// What docker compose says of every compose.yaml is asked of a real host: tools/e2e.
describe('what other programs say of the rendered files', () => {
  const checkzone = spawnSync('named-checkzone', ['-v']).status === 0;
  if (!checkzone) console.log('the zone is not checked here: no named-checkzone');

  (checkzone ? it : it.skip).each(['lab', 'prod'] as const)(
    'named-checkzone accepts the zone of %s',
    (name) => {
      const environment = inventoryEnvironment(name);
      const [dns] = renderStack(environment, { dns: definitions['dns']! });
      const zone = dns!.files.find(({ serialPlaceholder }) => serialPlaceholder !== undefined)!;
      const directory = mkdtempSync(join(tmpdir(), 'runbook-'));
      const file = join(directory, 'zone');
      writeFileSync(file, zone.content.replace(zone.serialPlaceholder!, '1'));
      const run = spawnSync('named-checkzone', [environment.settings.domain, file], {
        encoding: 'utf8',
      });
      expect({ status: run.status, out: run.stdout }).toMatchObject({ status: 0 });
      rmSync(directory, { recursive: true });
    },
  );
});
