import { readFileSync, readdirSync } from 'node:fs';
import {
  dnsSchema,
  hostSchema,
  ingressSchema,
  modelSchema,
  settingsSchema,
  ssoSchema,
  type Environment,
} from '@ai-stack/core';
import { parse } from 'yaml';
import { runbookDirectory } from './runbook';
import { services } from './sample-environment';

/** The values for the keys that the runbook leaves open; `TODO` in any other place fails. */
export const prodSamples: Record<string, unknown> = {
  'dns.upstreams': ['10.2.1.1'],
  'ingress.network': 'proxy',
  'ingress.entrypoint': 'websecure',
  'ingress.certResolver': 'letsencrypt',
  'sso.url': 'https://auth.homehub.dk',
  'sso.applications.open-webui': 'openwebui',
  'sso.applications.litellm': 'litellm',
  'sso.groups.users': 'ai-users',
  'sso.groups.admins': 'ai-admins',
  'hosts/management.address': '10.2.1.131',
  'hosts/management.gpus': [{ device: '0', memoryGiB: 48 }],
  'models/nomic-embed-text.gpu.device': '0',
  'models/qwen2.5-7b-instruct.gpu.device': '0',
  'models/qwen2.5-coder.gpu.device': '0',
};

/**
 * The lab, or the runbook's environment `prod` from the tests' own copy, with samples for the open keys and the defaults
 * of the variables. A user's environments are never read here.
 */
export function inventoryEnvironment(
  name: 'lab' | 'prod',
  samples: Record<string, unknown> = name === 'prod' ? prodSamples : {},
): Environment {
  const directory =
    name === 'prod' ? `${runbookDirectory}/inventory` : `libs/inventory/environments/${name}`;
  const load = (file: string): unknown => parse(readFileSync(`${directory}/${file}.yaml`, 'utf8'));
  const settings = settingsSchema.parse(load('environment'));
  const read = (file: string) => filled(load(file), file, settings.variables, samples);
  const all = (kind: string) =>
    readdirSync(`${directory}/${kind}`)
      .sort()
      .map((file) => file.replace(/\.yaml$/, ''))
      .map((entry) => ({ entry, fields: read(`${kind}/${entry}`) }));
  return {
    name,
    settings,
    dns: dnsSchema.parse(read('dns')),
    ingress: ingressSchema.parse(read('ingress')),
    sso: ssoSchema.parse(read('sso')),
    hosts: all('hosts').map(({ entry, fields }) => ({ name: entry, ...hostSchema.parse(fields) })),
    models: all('models').map(({ entry, fields }) => ({
      name: entry,
      ...modelSchema.parse(fields),
    })),
    services: services(name),
  };
}

/** The same environment as if it had only these services. */
export function onlyServices(environment: Environment, names: readonly string[]): Environment {
  return {
    ...environment,
    hosts: environment.hosts.map((host) => ({
      ...host,
      services: host.services.filter((service) => names.includes(service)),
    })),
    services: environment.services.filter(({ contract }) => names.includes(contract.name)),
  };
}

function filled(
  value: unknown,
  path: string,
  variables: Record<string, string>,
  samples: Record<string, unknown>,
): unknown {
  if (value === 'TODO') {
    if (path in samples) return samples[path];
    throw new Error(`${path} is open and has no sample`);
  }
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (whole, key: string) => variables[key] ?? whole);
  }
  if (Array.isArray(value)) return value.map((entry) => filled(entry, path, variables, samples));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      filled(entry, `${path}.${key}`, variables, samples),
    ]),
  );
}
