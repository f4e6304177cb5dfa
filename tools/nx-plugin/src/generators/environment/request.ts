import {
  machineAddressSchema,
  badInput,
  domainSchema,
  nameSchema,
  portSchema,
  sshSchema,
  throwAll,
  type StackError,
} from '@ai-stack/core';
import { z } from 'zod';
import { flag, openOptions, type ReadOption } from '../read-option';

/** The options as Nx hands them over: all as written on the command line. */
export interface EnvironmentOptions {
  name: string;
  domain: string;
  hosts: string;
  gpu?: string | number;
  user?: string;
  port?: string | number;
  sudo?: boolean;
  dns?: string;
}

export interface RequestedHost {
  name: string;
  fqdn: string;
  /** Undefined: discover looks it up. */
  address?: string;
  services: string[];
}

/** What is to be made, checked. */
export interface EnvironmentRequest {
  name: string;
  domain: string;
  /** The first is where Traefik runs, the last runs the models. */
  hosts: RequestedHost[];
  /** GiB of the last host's GPU; 0: none. */
  gpu: number;
  /** The model that the chat begins with. */
  chat: ChatModel;
  ssh: { user?: string; port?: number; sudo?: true };
  /** Address of the DNS server that will have the names; undefined: the stack's own answers, on the first host. */
  dns?: string;
}

/** A model for the chat and the memory of a GPU that it takes; the embedding model takes one more. */
export interface ChatModel {
  name: string;
  id: string;
  contextLength: number;
  memoryGiB: number;
}

/** The largest first. */
const chatModels: readonly ChatModel[] = [
  { name: 'qwen2.5-14b', id: 'qwen2.5:14b', contextLength: 16_384, memoryGiB: 13 },
  { name: 'qwen2.5-7b', id: 'qwen2.5:7b', contextLength: 16_384, memoryGiB: 7 },
  { name: 'qwen2.5-3b', id: 'qwen2.5:3b', contextLength: 8192, memoryGiB: 4 },
];
const embeddingGiB = 1;
const vllmGiB = 20;
const smallestGpu = 5;

/** What users reach, and what runs the models. */
const front = ['litellm', 'open-webui'];
const resolver = 'dns';
const back = ['ollama', 'qdrant'];

const gib = z.coerce
  .number()
  .int()
  .min(0)
  .max(1024)
  .refine((value) => value === 0 || value >= smallestGpu, {
    message: `whole GiB from ${smallestGpu}, or 0 for no GPU`,
  });
const port = z.coerce.number().pipe(portSchema);

/** Reads the options against the names that are taken. Throws every error together (StackErrors, exit code 2). */
export function parseEnvironment(
  options: EnvironmentOptions,
  taken: readonly string[],
): EnvironmentRequest {
  const errors: StackError[] = [];
  const given = openOptions(errors);
  const name = given('name', nameSchema, options.name);
  if (taken.includes(name))
    errors.push(
      badInput(`the environment ${name} exists already`, flag('name', 'choose another name')),
    );
  const domain = given('domain', domainSchema, options.domain);
  const gpu = given('gpu', gib, options.gpu ?? 0);
  const ssh = {
    ...(options.user !== undefined && {
      user: given('user', sshSchema.shape.user.unwrap(), options.user),
    }),
    ...(options.port !== undefined && { port: given('port', port, options.port) }),
    ...(options.sudo === true && { sudo: true as const }),
  };
  if (options.sudo === true && (options.user === undefined || options.user === 'root'))
    errors.push(
      badInput('sudo is for a user who is not root', flag('sudo', 'add --user, or leave it out')),
    );
  const dns =
    options.dns === undefined ? {} : { dns: given('dns', machineAddressSchema, options.dns) };
  const hosts = parseHosts(options.hosts, domain, given);
  // The operator's own server may have names of any zone.
  errors.push(...(options.dns === undefined ? checkZone(hosts, domain) : []), ...checkHosts(hosts));
  throwAll(errors, `nothing was written: ${errors.length} errors`);
  const upFront = options.dns === undefined ? [resolver, ...front] : front;
  const request = { name, domain, gpu, ssh, ...dns, chat: chatModelFor(gpu) };
  return { ...request, hosts: placed(hosts, gpu, upFront) };
}

/** Whether the GPU has room for vLLM's model, too. */
export function hasVllm(gpu: number): boolean {
  return gpu >= chatModelFor(gpu).memoryGiB + embeddingGiB + vllmGiB;
}

/** The largest model that fits next to the embedding model; the smallest on a CPU. */
function chatModelFor(gpu: number): ChatModel {
  const fitting = chatModels.filter(({ memoryGiB }) => memoryGiB + embeddingGiB <= gpu);
  const model = fitting[0] ?? chatModels.at(-1);
  if (model === undefined) throw new Error('there is no model for the chat');
  return model;
}

function parseHosts(text: string, domain: string, given: ReadOption): RequestedHost[] {
  const words = text.split(',').map((word) => word.trim());
  return words
    .filter((word) => word !== '')
    .map((word) => {
      const [written = '', ...address] = word.split('=');
      const name = given('hosts', nameSchema, written.split('.')[0]);
      return {
        name,
        fqdn: given('hosts', domainSchema, written.includes('.') ? written : `${name}.${domain}`),
        ...(address.length > 0 && {
          address: given('hosts', machineAddressSchema, address.join('=')),
        }),
        services: [],
      };
    });
}

function checkZone(hosts: readonly RequestedHost[], domain: string): StackError[] {
  const outside = hosts.filter(({ fqdn }) => !fqdn.endsWith(`.${domain}`));
  return outside.map(({ fqdn }) =>
    badInput(
      `${fqdn} is outside ${domain}, so the CoreDNS of the stack cannot answer for it`,
      flag('hosts', `use a name below ${domain}, or correct --domain`),
    ),
  );
}

function checkHosts(hosts: readonly RequestedHost[]): StackError[] {
  const names = hosts.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
  const addresses = hosts.flatMap(({ address }) => address ?? []);
  const shared = addresses.filter((address, at) => addresses.indexOf(address) !== at);
  return [
    ...(hosts.length === 0 ? [badInput('there is no host', flag('hosts', 'name one'))] : []),
    ...twice.map((name) =>
      badInput(`two hosts are called ${name}`, flag('hosts', 'give them different names')),
    ),
    ...[...new Set(shared)].map((address) =>
      badInput(`two hosts have the address ${address}`, flag('hosts', 'correct one of them')),
    ),
  ];
}

/** The first host gets what people reach, the last the models and vectors. */
function placed(
  hosts: readonly RequestedHost[],
  gpu: number,
  upFront: readonly string[],
): RequestedHost[] {
  const engines = hasVllm(gpu) ? [...back, 'vllm'] : back;
  return hosts.map((host, at) => ({
    ...host,
    services: [...(at === 0 ? upFront : []), ...(at === hosts.length - 1 ? engines : [])].sort(),
  }));
}
