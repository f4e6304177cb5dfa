import { basename } from 'node:path';
import type { Tree } from '@nx/devkit';
import { parse } from 'yaml';

const inventory = 'libs/inventory/environments';

/** An endpoint of a service that exists, as far as a new one can collide with it. */
export interface KnownEndpoint {
  label?: string;
  port: number;
  exposure: string;
}

export interface KnownService {
  name: string;
  endpoints: KnownEndpoint[];
  needs: string[];
  reads: string[];
}

export interface KnownHost {
  name: string;
  file: string;
  services: string[];
}

export interface KnownEnvironment {
  name: string;
  /** The host where Traefik runs. */
  ingressHost: string;
  hosts: KnownHost[];
  /** Names in its zone that belong to no service: its hosts and the extra records. */
  takenLabels: string[];
}

/** What a new service meets: names and places, nothing checked. */
export interface Scene {
  services: KnownService[];
  /** Nx projects that are not services. */
  projects: string[];
  environments: KnownEnvironment[];
  /** The teams that may own a service, and the one that owns what no other does. */
  teams: string[];
  defaultTeam: string;
}

/** Reads the workspace as far as a new service can collide with it; broken files count as empty. */
export function readScene(tree: Tree): Scene {
  const services = tree
    .children('apps')
    .filter((name) => !tree.isFile(`apps/${name}`))
    .map((name) => readService(tree, name));
  const { teams, others } = readYaml(tree, 'tools/checks/owners.yaml');
  return {
    services,
    teams: isRecord(teams) ? Object.keys(teams).sort() : [],
    defaultTeam: String(others),
    projects: ['libs', 'tools'].flatMap((directory) =>
      tree
        .children(directory)
        .flatMap((name) => projectName(tree, `${directory}/${name}/project.json`)),
    ),
    environments: tree
      .children(inventory)
      .sort()
      .map((name) => readKnownEnvironment(tree, name)),
  };
}

function readService(tree: Tree, name: string): KnownService {
  const { endpoints, needs, reads } = readYaml(tree, `apps/${name}/service.yaml`);
  return {
    name,
    endpoints: records(endpoints).map(({ label, port, exposure }) => ({
      ...(typeof label === 'string' && { label }),
      port: Number(port),
      exposure: String(exposure),
    })),
    needs: records(needs).map(({ service }) => String(service)),
    reads: strings(reads),
  };
}

function readKnownEnvironment(tree: Tree, name: string): KnownEnvironment {
  const directory = `${inventory}/${name}`;
  const domain = String(readYaml(tree, `${directory}/environment.yaml`)['domain']);
  const files = tree.children(`${directory}/hosts`).filter((file) => file.endsWith('.yaml'));
  const hosts = files.sort().map((entry) => {
    const file = `${directory}/hosts/${entry}`;
    const { services, fqdn } = readYaml(tree, file);
    return {
      name: basename(entry, '.yaml'),
      file,
      services: strings(services),
      fqdn: String(fqdn),
    };
  });
  const extra = records(readYaml(tree, `${directory}/dns.yaml`)['extraRecords']);
  const fqdns = hosts.map(({ fqdn }) => fqdn).filter((fqdn) => fqdn.endsWith(`.${domain}`));
  return {
    name,
    ingressHost: String(readYaml(tree, `${directory}/ingress.yaml`)['host']),
    hosts: hosts.map(({ name: host, file, services }) => ({ name: host, file, services })),
    takenLabels: [
      ...fqdns.map((fqdn) => fqdn.slice(0, -domain.length - 1)),
      ...extra.map((record) => String(record['name'])),
    ],
  };
}

function projectName(tree: Tree, file: string): string[] {
  const { name } = readRecord(tree, file, (text) => JSON.parse(text) as unknown);
  return typeof name === 'string' ? [name] : [];
}

function readYaml(tree: Tree, file: string): Record<string, unknown> {
  return readRecord(tree, file, (text) => parse(text) as unknown);
}

/** Missing and broken files know nothing here: they are reported by the commands that read them for real. */
function readRecord(
  tree: Tree,
  file: string,
  parseText: (text: string) => unknown,
): Record<string, unknown> {
  try {
    const value = parseText(tree.read(file, 'utf8') ?? '');
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isRecord) : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
