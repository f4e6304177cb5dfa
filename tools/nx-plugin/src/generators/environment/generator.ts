import { join } from 'node:path';
import { generateFiles, workspaceRoot, type GeneratorCallback, type Tree } from '@nx/devkit';
import { nxRun } from '@ai-stack/core';
import { formatErrors } from '@ai-stack/report';
import {
  hasVllm,
  parseEnvironment,
  type EnvironmentOptions,
  type EnvironmentRequest,
  type RequestedHost,
} from './request';

const inventory = 'libs/inventory/environments';
const templates = join(workspaceRoot, 'tools/nx-plugin/src/generators/environment/files');

/**
 * `nx g ./tools/nx-plugin:environment <name> ...`: writes `libs/inventory/environments/<name>/` and the options of each
 * service that is placed, and changes no file that is there. Bad options are reported together, before anything is
 * written.
 */
export default function environment(tree: Tree, options: EnvironmentOptions): GeneratorCallback {
  const request = checked(options, tree.children(inventory));
  writeEnvironment(tree, request);
  return () => console.log(nextSteps(request));
}

/** The changes of the tree alone. */
export function writeEnvironment(tree: Tree, request: EnvironmentRequest): void {
  const { name, domain, hosts, gpu, chat, dns } = request;
  const directory = `${inventory}/${name}`;
  const shared = { tmpl: '', name, domain, trusted: hosts[0]?.name ?? '', dns };
  const write = (from: string, to: string, more: object = {}) =>
    generateFiles(tree, join(templates, from), to, { ...shared, ...more });
  write('inventory', directory);
  for (const [at, host] of hosts.entries())
    write('host', `${directory}/hosts`, hostFields(request, host, at));
  const onGpu = (memoryGiB: number) => gpuText(gpu > 0 ? memoryGiB : undefined);
  write('models', `${directory}/models`, { ...chat, chat: chat.name, gpu: onGpu });
  if (hasVllm(gpu)) write('vllm', `${directory}/models`, { gpu: onGpu });
  for (const service of hosts.flatMap(({ services }) => services))
    write(`options/${service}`, `apps/${service}/environments`, { chat: chat.name });
}

function hostFields({ hosts, gpu, ssh }: EnvironmentRequest, host: RequestedHost, at: number) {
  const isFirst = at === 0;
  const isLast = at === hosts.length - 1;
  const words = [
    ...(isFirst ? ['what users reach, next to Traefik'] : []),
    ...(isLast ? ['the models and the vectors, for the inside only'] : []),
  ];
  const login = Object.entries(ssh).map(([key, value]) => `  ${key}: ${String(value)}`);
  return {
    host: host.name,
    comment: `Runs ${words.join('; ') || 'nothing yet'}.`,
    fqdn: host.fqdn,
    address: host.address ?? 'TODO',
    role: isFirst ? 'trusted' : 'management',
    ssh: login.length === 0 ? 'ssh: {}' : ['ssh:', ...login].join('\n'),
    services:
      host.services.length === 0
        ? 'services: []'
        : ['services:', ...host.services.map((service) => `  - ${service}`)].join('\n'),
    gpus: isLast && gpu > 0 ? `gpus:\n  - device: '0'\n    memoryGiB: ${gpu}` : 'gpus: []',
  };
}

function gpuText(memoryGiB: number | undefined): string {
  if (memoryGiB === undefined)
    return '\n# It runs on the CPU. On a GPU it has the memory to set aside there, such as `gpu: {memoryGiB: 4}`.';
  return `
# The memory to set aside on the GPU \`device\`, the first ("0") unless said. Without \`gpu\` it runs on the CPU.
gpu:
  memoryGiB: ${memoryGiB}`;
}

/** Nx prints the message of an error and no more: it holds all of them. */
function checked(options: EnvironmentOptions, taken: readonly string[]): EnvironmentRequest {
  try {
    return parseEnvironment(options, taken);
  } catch (error) {
    throw new Error(formatErrors(error, { colour: false, verbose: false }), { cause: error });
  }
}

/** What an operator reads at the end. */
export function nextSteps({ name, hosts }: EnvironmentRequest): string {
  const placed = hosts.map((host) => `${host.name}: ${host.services.join(', ') || 'nothing yet'}`);
  const steps = [
    `read ${inventory}/${name}/, which says what each key means`,
    `${nxRun(name, 'stack:discover', '--write')}   answers its open keys from the hosts, and asks for the rest`,
    nxRun(name, 'stack:plan'),
  ];
  return ['', name, ...[...placed, ...steps].map((line) => `  ${line}`), ''].join('\n');
}
