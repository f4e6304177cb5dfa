import { StackError } from '@ai-stack/core';
import { parse } from 'yaml';
import type { Survey, SurveyedContainer, SurveyedGpu, TraefikFile } from './survey';

/** Parses what the survey script printed on a host. Throws a StackError when it was cut short. */
export function parseSurvey(host: string, output: string): Survey {
  const sections = splitSections(output);
  if (!sections.has('end')) {
    throw new StackError('the connection ended before the survey was complete', {
      where: { host },
      fix: 'run it again; with --verbose it shows what ran',
    });
  }
  const lines = (name: string) => (sections.get(name) ?? []).filter((line) => line !== '');
  const resolvers = nameserversIn(lines('resolvers'));
  return {
    host,
    reachedAt: lines('connection')[0]?.split(' ')[2],
    addresses: lines('addresses').flatMap(parseAddress),
    nameservers: resolvers.length > 0 ? resolvers : nameserversIn(lines('stub')),
    port53: lines('listeners').flatMap(parseListener),
    hostKeys: lines('keys'),
    gpus: lines('gpus').flatMap(parseGpu),
    gpuDevices: lines('devices'),
    resolved: parseResolved(lines('names')),
    // A version, or the words of an error, which may begin with a line about something else.
    engine:
      lines('engine').find((line) => /permission denied/i.test(line)) ??
      lines('engine')[0] ??
      'unknown',
    containers: lines('containers').flatMap(parseContainer),
    traefikFiles: parseTraefikFiles(lines('traefik')),
  };
}

function splitSections(output: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    const name = /^@@([a-z0-9]+)$/.exec(line)?.[1];
    if (name === undefined) current.push(line);
    else sections.set(name, (current = []));
  }
  return sections;
}

/** `2: eth0    inet 10.0.0.5/24 scope global eth0`, without Docker's own bridges. */
function parseAddress(line: string): Survey['addresses'] {
  const match = /^\d+:\s+(\S+)\s+inet6?\s+([0-9a-fA-F.:]+)\//.exec(line);
  const [, device = '', address = ''] = match ?? [];
  return match === null || /^(?:docker|br-|veth)/.test(device)
    ? []
    : [{ address, interface: device.replace(/@.*$/, '') }];
}

function nameserversIn(lines: readonly string[]): string[] {
  const addresses = lines.flatMap(
    (line) => /^\s*nameserver\s+([0-9a-fA-F.:]+)/.exec(line)?.[1] ?? [],
  );
  return [...new Set(addresses)].filter((address) => !isLoopback(address));
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** `udp UNCONN 0 0 10.0.0.5:53 0.0.0.0:* users:(("named",pid=1,fd=4))` of `ss -H -lntup`. */
function parseListener(line: string): Survey['port53'] {
  const [protocol, , , , local] = line.split(/\s+/);
  if (protocol === undefined || local?.endsWith(':53') !== true) return [];
  const owner = /users:\(\("([^"]+)"/.exec(line)?.[1] ?? 'unknown (no right to see it)';
  return [{ socket: `${protocol} ${local}`, owner }];
}

/** `0, 24564, NVIDIA GeForce RTX 4090` of nvidia-smi, in MiB; GiB are rounded down to a tenth. */
function parseGpu(line: string): SurveyedGpu[] {
  const match = /^(\d+), (\d+), (.+)$/.exec(line.trim());
  if (match === null) return [];
  const [, device = '', mebibytes = '', model = ''] = match;
  return [{ device, memoryGiB: Math.floor((Number(mebibytes) / 1024) * 10) / 10, model }];
}

function parseResolved(lines: readonly string[]): Survey['resolved'] {
  const byName = new Map<string, Set<string>>();
  for (const line of lines) {
    const [name, address] = line.split(' ');
    if (name === undefined || address === undefined || isLoopback(address)) continue;
    byName.set(name, (byName.get(name) ?? new Set()).add(address));
  }
  return [...byName].map(([name, addresses]) => ({ name, addresses: [...addresses] }));
}

/** One line of the container format; lists end in null. */
function parseContainer(line: string): SurveyedContainer[] {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    // A container that vanished while it was asked leaves half a line.
    return [];
  }
  if (!isRecord(raw) || raw['running'] !== true) return [];
  const login = texts(raw['login'])[0];
  return [
    {
      name: String(raw['name']).replace(/^\//, ''),
      image: String(raw['image']),
      labels: Object.fromEntries(list(raw['labels']).flatMap(pair)),
      networks: texts(raw['networks']),
      arguments: texts(raw['arguments']),
      ...(login !== undefined && { loginUrl: login.slice(login.indexOf('=') + 1) }),
    },
  ];
}

function pair(value: unknown): [string, string][] {
  return Array.isArray(value) ? [[String(value[0]), String(value[1])]] : [];
}

/** Files as `# path` and lines after `> `; of each only names are kept. */
function parseTraefikFiles(lines: readonly string[]): TraefikFile[] {
  const files: { path: string; text: string }[] = [];
  for (const line of lines) {
    if (line.startsWith('# ')) files.push({ path: line.slice(2), text: '' });
    const last = files.at(-1);
    if (line.startsWith('> ') && last !== undefined) last.text += `${line.slice(2)}\n`;
  }
  return files.flatMap(({ path, text }) => {
    const content = parseYaml(text);
    if (content === undefined) return [];
    const entrypoints = Object.entries(record(content['entryPoints'])).map(([name, entrypoint]) => [
      name,
      asText(record(entrypoint)['address']),
    ]);
    const network = record(record(content['providers'])['docker'])['network'];
    return [
      {
        path,
        entrypoints: Object.fromEntries(entrypoints) as Record<string, string>,
        resolvers: Object.keys(record(content['certificatesResolvers'])),
        ...(typeof network === 'string' && { network }),
      },
    ];
  });
}

function parseYaml(text: string): Record<string, unknown> | undefined {
  try {
    const content: unknown = parse(text);
    return isRecord(content) ? content : undefined;
  } catch {
    // A file of others that we cannot read is neither evidence nor a reason to stop.
    return undefined;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): string[] {
  return list(value).filter((entry) => typeof entry === 'string');
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
