import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Environment, Host } from '@ai-stack/core';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { renderService, renderStack } from './render-service';
import { writeTree } from './write-tree';

const litellm = definitions['litellm']!;

describe('renderStack', () => {
  it('orders services by their needs', () => {
    const order = renderStack(labEnvironment(), definitions).map(({ service }) => service);
    expect(order).toEqual(['dns', 'ollama', 'vllm', 'litellm', 'qdrant', 'open-webui']);
  });

  it.each(['lab', 'prod'] as const)('gives the same releases twice: %s', (name) => {
    const render = () => renderStack(inventoryEnvironment(name), definitions);
    const [first, second] = [render(), render()];
    expect(JSON.stringify(first)).toBe(JSON.stringify(second));
  });

  it('reports the errors of all services together', () => {
    const environment = labEnvironment();
    const services = environment.services.map((entry) => ({ ...entry, options: { image: 'x' } }));
    expect(() => renderStack({ ...environment, services }, definitions)).toThrow(
      /apps\/dns\/environments\/lab\.yaml, image[\s\S]*apps\/vllm\/environments\/lab\.yaml, image/,
    );
  });

  it('needs no options of a service that is placed nowhere', () => {
    const environment = labEnvironment();
    const hosts = environment.hosts.map((host) => ({
      ...host,
      services: host.services.filter((service) => service !== 'vllm'),
    }));
    const models = environment.models.filter(({ engine }) => engine !== 'vllm');
    const services = environment.services.map((entry) =>
      entry.contract.name === 'vllm' ? { ...entry, options: {} } : entry,
    );
    const releases = renderStack({ ...environment, hosts, models, services }, definitions);
    expect(releases.map(({ service }) => service)).not.toContain('vllm');
    expect(releases).toHaveLength(5);
  });

  it('names every probe once', () => {
    const ids = renderStack(labEnvironment(), definitions).flatMap(({ probes }) =>
      probes.map(({ id }) => id),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('places all on one host without a published way between the services', () => {
    const environment = onOneHost(labEnvironment());
    const config = renderService(environment, 'litellm', litellm)[0]!.files.map(
      ({ content }) => content,
    );
    expect(config.join('')).toContain('http://ollama:11434');
    expect(config.join('')).not.toContain('ollama.lab.example');
  });
});

function onOneHost(environment: Environment): Environment {
  const all = environment.hosts.flatMap(({ services }) => services);
  const only = environment.hosts.find(({ name }) => name === 'trusted') as Host;
  return { ...environment, hosts: [{ ...only, services: all }] };
}

describe('writeTree', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'render-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it("mirrors the host's files next to a manifest, and removes what is stale", async () => {
    const environment = labEnvironment();
    const write = async (of: Environment) =>
      (await writeTree(renderService(of, 'litellm', litellm), directory)).map((path) =>
        relative(directory, path),
      );
    const paths = (host: string) => [
      `lab/litellm/${host}/manifest.json`,
      `lab/litellm/${host}/opt/stacks/ai/litellm/compose.yaml`,
      `lab/litellm/${host}/srv/docker/litellm/config/config.yaml`,
    ];
    expect(await write(environment)).toEqual(paths('trusted'));
    const hosts = environment.hosts.map((host) =>
      host.name === 'trusted' ? { ...host, name: 'renamed' } : host,
    );
    const ingress = { ...environment.ingress, host: 'renamed' };
    const dns = { ...environment.dns, host: 'renamed' };
    expect(await write({ ...environment, hosts, ingress, dns })).toEqual(paths('renamed'));
    await expect(readFile(join(directory, paths('trusted')[0]!))).rejects.toThrow('ENOENT');
    const manifest = await readFile(join(directory, paths('renamed')[0]!), 'utf8');
    expect(manifest).not.toMatch(/"content"|"probes"/);
  });
});
