import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  badInput,
  contractSchema,
  hostSchema,
  ingressSchema,
  nameSchema,
  settingsSchema,
  ssoSchema,
  type Contract,
  type Dns,
  type Hooks,
  type Host,
  type Ingress,
  type Model,
  type Settings,
  type Sso,
  type StackError,
} from '@ai-stack/core';
import { z, type ZodType } from 'zod';
import { dnsSchemaOf, modelSchemaOf } from './declared';
import { nearest } from './nearest';
import type { Answer } from './open-keys';
import { readSource } from './read-source';
import type { Source, SourceOptions } from './source';
import { valueAt } from './values';
import { addressKeys, resolveVariables, type Variables } from './variables';
import { environmentNames, environmentsFolder } from './workspace';

/** Every file of an environment, read and checked one by one; the rules then look at all of them. */
export interface Draft {
  environment: string;
  settings: Source<Settings>;
  dns: Source<Dns>;
  ingress: Source<Ingress>;
  sso: Source<Sso>;
  hosts: Source<Host>[];
  models: Source<Model>[];
  contracts: Source<Contract>[];
  /** Options of the services that have such a file. */
  options: Source<unknown>[];
  /** Files that nothing would read. */
  errors: StackError[];
}

export interface DraftOptions {
  variables: Variables;
  /** The options schema of each service; without one its options stay as written. */
  optionSchemas?: Readonly<Record<string, ZodType>>;
  /** What services add, by their names: `checkModels` of an engine is asked. */
  hooks?: Readonly<Record<string, Pick<Hooks, 'checkModels'>>>;
  answers?: readonly Answer[];
  /** What was read already. */
  early?: EarlyDraft;
}

/** The files that say which hosts there are and how they are reached. */
export type EarlyDraft = Pick<Draft, 'environment' | 'settings' | 'hosts'>;

/** Reads the files of the hosts alone. Throws nothing: errors stand at their sources. */
export function readEarlyDraft(
  root: string,
  environment: string,
  { variables: given, answers }: Pick<DraftOptions, 'variables' | 'answers'>,
): EarlyDraft {
  const folder = `${environmentsFolder}/${environment}`;
  const settings = readSource(root, `${folder}/environment.yaml`, settingsSchema, {
    name: 'environment',
    answers,
  });
  const variables = resolveVariables(declaredVariables(settings), given);
  const hosts = readFolder(root, `${folder}/hosts`, hostSchema, {
    ...{ answers, variables },
    addressKeys: addressKeys.host,
  });
  return { environment, settings, hosts };
}

/** Reads every file of an environment. Throws nothing: errors stand at their sources. */
export function readDraft(root: string, environment: string, options: DraftOptions): Draft {
  const { answers } = options;
  const folder = `${environmentsFolder}/${environment}`;
  const { settings, hosts } = options.early ?? readEarlyDraft(root, environment, options);
  const variables = resolveVariables(declaredVariables(settings), options.variables);
  const shared = { answers, variables };
  const single = <T>(name: string, schema: ZodType<T>, keys?: readonly string[]) =>
    readSource(root, `${folder}/${name}.yaml`, schema, { ...shared, name, addressKeys: keys });
  const contracts = readContractSources(root);
  return {
    environment,
    settings,
    dns: single('dns', dnsSchemaOf(contracts), addressKeys.dns),
    ingress: single('ingress', ingressSchema, addressKeys.ingress),
    sso: single('sso', ssoSchema),
    hosts,
    models: readFolder(root, `${folder}/models`, modelSchemaOf(contracts), shared),
    contracts,
    options: readOptions(root, environment, contracts, options),
    errors: [...strayFiles(root, folder), ...strayOptions(root)],
  };
}

/** The contracts of the workspace, `apps/<service>/service.yaml`, sorted by name. */
export function readContractSources(root: string): Source<Contract>[] {
  return serviceFolders(root)
    .filter((name) => existsSync(join(root, 'apps', name, 'service.yaml')))
    .map((name) =>
      named(readSource(root, `apps/${name}/service.yaml`, contractSchema, { name }), 'folder'),
    );
}

function readOptions(
  root: string,
  environment: string,
  contracts: readonly Source<Contract>[],
  { optionSchemas = {}, answers }: DraftOptions,
): Source<unknown>[] {
  return serviceFolders(root).flatMap((name) => {
    const file = `apps/${name}/environments/${environment}.yaml`;
    if (!existsSync(join(root, file))) return [];
    const schema = optionSchemas[name] ?? z.record(z.string(), z.unknown());
    const source = readSource<unknown>(root, file, schema, {
      name,
      answers,
      mayBeEmpty: true,
    });
    if (contracts.some((contract) => contract.name === name)) return [source];
    const error = badInput(`there is no service ${name}: apps/${name} has no service.yaml`, {
      where: { file },
      fix:
        nearestService(name, contracts) ?? `write apps/${name}/service.yaml, or remove this file`,
    });
    return [{ ...source, value: undefined, errors: [...source.errors, error] }];
  });
}

function nearestService(name: string, contracts: readonly Source<Contract>[]): string | undefined {
  const near = nearest(
    name,
    contracts.map((contract) => contract.name),
  );
  return near === undefined ? undefined : `did you mean apps/${near}?`;
}

function readFolder<T extends object>(
  root: string,
  folder: string,
  schema: ZodType<T>,
  options: Omit<SourceOptions, 'name'>,
): Source<T & { name: string }>[] {
  return namesIn(root, folder, 'file')
    .filter((entry) => entry.endsWith('.yaml'))
    .map((entry) => {
      const name = entry.slice(0, -'.yaml'.length);
      return named(readSource(root, `${folder}/${entry}`, schema, { ...options, name }), 'file');
    });
}

/** Adds the name that the file gives; it must be a name. */
function named<T extends object>(
  source: Source<T>,
  kind: 'file' | 'folder',
): Source<T & { name: string }> {
  const { name, value, ...rest } = source;
  const ownName = kind === 'file' && isModelName(source.file) ? modelFileName : nameSchema;
  if (ownName.safeParse(name).success) {
    return { ...rest, name, ...(value !== undefined && { value: { ...value, name } }) };
  }
  const error = badInput(`${JSON.stringify(name)} is not allowed as the name of a ${kind}`, {
    where: { file: source.file },
    fix: `rename the ${kind}: lower-case letters, digits and inner hyphens`,
  });
  return { ...rest, name, errors: [...rest.errors, error] };
}

/** A model's file is named as the model is, and those names have dots. */
const modelFileName = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/);

function isModelName(file: string): boolean {
  return file.split('/').at(-2) === 'models';
}

/** The variables that environment.yaml declares, even when something else in it is wrong. */
function declaredVariables(settings: Source<Settings>): Record<string, string> {
  const declared = valueAt(settings.content, ['variables']);
  if (typeof declared !== 'object' || declared === null) return {};
  return Object.fromEntries(
    Object.entries(declared).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

const knownFiles = ['environment.yaml', 'dns.yaml', 'ingress.yaml', 'sso.yaml'];

/** YAML files that nothing reads, such as a misspelt name. */
function strayFiles(root: string, folder: string): StackError[] {
  const inFolder = namesIn(root, folder, 'file').filter(
    (name) => /\.ya?ml$/.test(name) && !knownFiles.includes(name),
  );
  const below = ['hosts', 'models'].flatMap((kind) =>
    namesIn(root, `${folder}/${kind}`, 'file')
      .filter((name) => name.endsWith('.yml'))
      .map((name) => `${kind}/${name}`),
  );
  return [...inFolder, ...below].map((name) =>
    badInput('nothing reads this file', {
      where: { file: `${folder}/${name}` },
      fix: `rename it to ${nearest(name, knownFiles) ?? name.replace(/\.yml$/, '.yaml')}, or remove it`,
    }),
  );
}

/** Options for an environment that does not exist, such as a misspelt one. */
function strayOptions(root: string): StackError[] {
  const environments = environmentNames(root);
  return serviceFolders(root).flatMap((service) => {
    const folder = `apps/${service}/environments`;
    return namesIn(root, folder, 'file')
      .filter((name) => /\.ya?ml$/.test(name))
      .filter((name) => !environments.some((environment) => name === `${environment}.yaml`))
      .map((name) =>
        badInput('nothing reads this file: there is no such environment', {
          where: { file: `${folder}/${name}`, service },
          fix: `rename it to one of ${environments.map((known) => `${known}.yaml`).join(', ')}, or remove it`,
        }),
      );
  });
}

function serviceFolders(root: string): string[] {
  return namesIn(root, 'apps', 'folder');
}

function namesIn(root: string, folder: string, kind: 'file' | 'folder'): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => (kind === 'folder') === entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}
