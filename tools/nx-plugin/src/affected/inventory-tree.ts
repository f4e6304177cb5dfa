import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';

const environmentsDirectory = 'libs/inventory/environments';

type Content = Record<string, unknown>;

/** The data that the graph depends on, as it is in one tree: file -> content, nothing checked. */
export type InventoryTree = Map<string, Content>;

/** What a file of the inventory is about, by its path. */
export type FileKind =
  | { kind: 'contract'; service: string }
  | { kind: 'host'; environment: string; name: string }
  | { kind: 'model'; environment: string; name: string }
  | { kind: 'settings'; environment: string; part: string };

/** Which fact a file holds; undefined for every file that is none of the inventory's. */
export function kindOf(file: string): FileKind | undefined {
  const contract = /^apps\/([^/]+)\/service\.yaml$/.exec(file);
  if (contract?.[1] !== undefined) return { kind: 'contract', service: contract[1] };
  const [environment, ...rest] = file.startsWith(`${environmentsDirectory}/`)
    ? file.slice(environmentsDirectory.length + 1).split('/')
    : [];
  const name = basename(file, '.yaml');
  if (environment === undefined || !file.endsWith('.yaml')) return undefined;
  if (rest.length === 1) return { kind: 'settings', environment, part: name };
  if (rest.length !== 2) return undefined;
  if (rest[0] === 'hosts') return { kind: 'host', environment, name };
  if (rest[0] === 'models') return { kind: 'model', environment, name };
  return undefined;
}

/** Reads the inventory of a work tree. Broken files read as empty: the task that needs one says what is wrong. */
export function readInventoryTree(root: string): InventoryTree {
  const contracts = namesIn(join(root, 'apps')).map((name) => `apps/${name}/service.yaml`);
  const facts = environmentNames(root).flatMap((environment) =>
    ['', 'hosts/', 'models/'].flatMap((part) =>
      yamlFiles(root, `${environmentsDirectory}/${environment}/${part}`),
    ),
  );
  const files = [...contracts.filter((file) => existsSync(join(root, file))), ...facts].sort();
  return new Map(files.map((file) => [file, parseContent(readFileSync(join(root, file), 'utf8'))]));
}

/** The known environments: the directories of the inventory, sorted. */
export function environmentNames(root: string): string[] {
  return namesIn(join(root, environmentsDirectory));
}

/** The directory of a contract is the service's name. */
export function serviceOf(file: string): string {
  return basename(dirname(file));
}

/** YAML as a plain record; anything else reads as empty. */
export function parseContent(text: string): Content {
  try {
    const content: unknown = parse(text);
    return isRecord(content) ? content : {};
  } catch {
    // The graph must stay usable while a file is broken.
    return {};
  }
}

/** A list of texts, wherever a file may hold anything. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A list of records, wherever a file may hold anything. */
export function records(value: unknown): Content[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function namesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function yamlFiles(root: string, directory: string): string[] {
  if (!existsSync(join(root, directory))) return [];
  return readdirSync(join(root, directory))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${directory}${name}`);
}

function isRecord(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
