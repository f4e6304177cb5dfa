import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  contractSchema,
  dnsSchema,
  hostSchema,
  ingressSchema,
  modelSchema,
  settingsSchema,
  ssoSchema,
  type Definition,
  type Environment,
} from '@ai-stack/core';
import { parse } from 'yaml';
import { runbookOptionsFile } from './runbook';

const names = readdirSync('apps').filter((name) => existsSync(`apps/${name}/service.yaml`));

/** The definitions of all services. */
export const definitions: Record<string, Definition> = {};
// One after the other: Jest cannot link two modules that import a third at once.
for (const name of names) definitions[name] = await loadDefinition(name);

async function loadDefinition(service: string): Promise<Definition> {
  const loaded = (await import(resolve(`apps/${service}/service.ts`))) as { default: Definition };
  return loaded.default;
}

/** Contract and options of every service, in the lab or in the runbook's environment. */
export function services(environment: 'lab' | 'prod') {
  return names.map((name) => ({
    contract: {
      name,
      ...contractSchema.parse(parse(readFileSync(`apps/${name}/service.yaml`, 'utf8'))),
    },
    options: optionsOf(name, environment),
  }));
}

/** A user's own service need not have options in these environments. */
function optionsOf(name: string, environment: 'lab' | 'prod'): unknown {
  const file =
    environment === 'prod' ? runbookOptionsFile(name) : `apps/${name}/environments/lab.yaml`;
  return file === undefined || !existsSync(file) ? {} : parse(readFileSync(file, 'utf8'));
}

/** A lab of two hosts with three models, without GPUs. */
export function labEnvironment(): Environment {
  return {
    name: 'lab',
    settings: settingsSchema.parse({ domain: 'lab.example' }),
    dns: dnsSchema.parse({ mode: 'coredns', host: 'trusted', upstreams: ['172.30.77.2'] }),
    ingress: ingressSchema.parse({
      host: 'trusted',
      network: 'proxy',
      entrypoint: 'websecure',
      certResolver: null,
      middleware: 'authentik@docker',
      apiAccess: 'lan',
      lanRanges: ['172.30.77.0/24'],
    }),
    sso: ssoSchema.parse({
      url: 'https://auth.lab.example',
      applications: { 'open-webui': 'open-webui' },
      groups: { users: 'chat', admins: 'chat-admins' },
    }),
    hosts: [
      host('management', {
        fqdn: 'management.hosts.lab.example',
        address: '172.30.77.12',
        role: 'management',
        services: ['ollama', 'qdrant', 'vllm'],
      }),
      host('trusted', {
        fqdn: 'trusted.hosts.lab.example',
        address: '172.30.77.11',
        role: 'trusted',
        services: ['dns', 'litellm', 'open-webui'],
      }),
    ],
    models: [
      model('nomic-embed-text', {
        publicName: 'nomic-embed-text',
        engine: 'ollama',
        id: 'nomic-embed-text',
        kind: 'embedding',
        contextLength: 2048,
      }),
      model('qwen2.5-7b-instruct', {
        publicName: 'qwen2.5-7b-instruct',
        engine: 'vllm',
        id: 'Qwen/Qwen2.5-7B-Instruct',
        kind: 'chat',
        contextLength: 32768,
        tools: true,
        toolCallParser: 'hermes',
      }),
      model('qwen2.5-coder', {
        publicName: 'qwen2.5-coder',
        engine: 'ollama',
        id: 'qwen2.5-coder:14b',
        kind: 'chat',
        contextLength: 32768,
        tools: true,
      }),
    ],
    services: services('lab'),
  };
}

function host(name: string, fields: unknown) {
  return { name, ...hostSchema.parse(fields) };
}

function model(name: string, fields: unknown) {
  return { name, ...modelSchema.parse(fields) };
}
