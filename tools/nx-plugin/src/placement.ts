import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const environmentsFolder = 'libs/inventory/environments';

/** What the graph needs to know of the inventory: names and files, nothing checked. */
export interface Placement {
  environments: string[];
  /** The file of every host, by environment, with the services placed there. */
  hosts: { file: string; services: string[] }[];
  models: { file: string; engine: string }[];
}

/** The contract's parts that decide a service's inputs. */
export interface Neighbours {
  needs: string[];
  /** What else of the inventory its render reads. */
  reads: string[];
}

/** Reads names and placement, tolerant of broken files: those fail later, with a good error, in their own task. */
export function readPlacement(root: string): Placement {
  const environments = namesIn(join(root, environmentsFolder));
  const entries = (kind: string) =>
    environments.flatMap((environment) =>
      yamlFiles(root, `${environmentsFolder}/${environment}/${kind}`),
    );
  return {
    environments,
    hosts: entries('hosts').map(({ file, content }) => ({
      file,
      services: strings(content['services']),
    })),
    models: entries('models').map(({ file, content }) => ({
      file,
      engine: String(content['engine']),
    })),
  };
}

/** Reads the two lists of `apps/<service>/service.yaml` that decide its inputs. */
export function readNeighbours(path: string): Neighbours {
  const content = readYaml(path);
  const needs = Array.isArray(content['needs']) ? (content['needs'] as unknown[]) : [];
  return {
    needs: needs.filter(isRecord).map((need) => String(need['service'])),
    reads: strings(content['reads']),
  };
}

/** The known environments: the folders of the inventory, sorted. */
export function environmentNames(root: string): string[] {
  return namesIn(join(root, environmentsFolder));
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function yamlFiles(
  root: string,
  folder: string,
): { file: string; content: Record<string, unknown> }[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => `${folder}/${name}`)
    .map((file) => ({ file, content: readYaml(join(root, file)) }));
}

function readYaml(path: string): Record<string, unknown> {
  try {
    const content: unknown = parse(readFileSync(path, 'utf8'));
    return isRecord(content) ? content : {};
  } catch {
    // Broken YAML is reported by the task that reads it for real; the graph must stay usable meanwhile.
    return {};
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
