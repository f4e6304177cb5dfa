import {
  badInput,
  throwAll,
  type Contract,
  type Environment,
  type EnvironmentService,
  type Host,
  type StackError,
  type Where,
} from '@ai-stack/core';
import type { ZodType } from 'zod';
import {
  readContractSources,
  readDraft,
  readEarlyDraft,
  type Draft,
  type DraftOptions,
  type EarlyDraft,
} from './draft';
import { openKeysError, type OpenKey } from './open-keys';
import { checkDraft, placedOn } from './rules/rule';
import { contractRules } from './rules/contracts';
import { modelEngineRule, modelRules } from './rules/models';
import { networkRules } from './rules/network';
import { placementRules } from './rules/placement';
import type { Source } from './source';
import { environmentNames, resolveEnvironmentName } from './workspace';

/**
 * Reads and checks an environment whole. Throws every error of every file together (StackErrors, exit code 2),
 * the keys that are still TODO as one error among them.
 */
export function readEnvironment(root: string, name: string, options: DraftOptions): Environment {
  resolveEnvironmentName({ configuration: name, variables: {} }, environmentNames(root));
  const draft = readDraft(root, name, options);
  const services = servicesOfDraft(draft, options.optionSchemas ?? {});
  const open = openKeysOf(draft);
  const single = [
    ...sourcesOf(draft).flatMap((source) => source.errors),
    ...draft.errors,
    ...services.errors,
  ];
  const together = checkDraft(draft, [
    ...contractRules,
    ...placementRules,
    ...networkRules,
    ...modelRules,
    modelEngineRule(options.hooks ?? {}),
  ]);
  const errors = [
    ...sortErrors([...single, ...together.filter((error) => !isReported(error, single))]),
    ...(open.length > 0 ? [openKeysError(name, open)] : []),
  ];
  throwAll(errors, `environment ${name}: ${errors.length} errors`);
  return assemble(draft, services.services);
}

/** The hosts of an environment, read before all else: nothing but their own files was checked. */
export interface EarlyHosts {
  /** Empty when something is wrong with one of them: `readEnvironment` says what. */
  hosts: Host[];
  /** For `readEnvironment`, so that no file is read twice. */
  early: EarlyDraft;
}

/** Reads the hosts alone, for a login in parallel with reading the rest. Throws for an unknown environment. */
export function readEarlyHosts(
  root: string,
  name: string,
  options: Pick<DraftOptions, 'variables' | 'answers'>,
): EarlyHosts {
  resolveEnvironmentName({ configuration: name, variables: {} }, environmentNames(root));
  const early = readEarlyDraft(root, name, options);
  const sources: Source<unknown>[] = [early.settings, ...early.hosts];
  const isWhole = sources.every(({ value }) => value !== undefined);
  return { hosts: isWhole ? hostsOf(early) : [], early };
}

/** The contracts of all services, sorted by name. Throws every error of every file together. */
export function readContracts(root: string): Contract[] {
  const sources = readContractSources(root);
  const ruleErrors = checkDraft({ contracts: sources }, contractRules);
  throwAll(sortErrors([...sources.flatMap(({ errors }) => errors), ...ruleErrors]));
  return sources.flatMap(({ value }) => value ?? []);
}

/** Every open key of an environment, file by file. */
export function openKeysOf(draft: Draft): OpenKey[] {
  return sourcesOf(draft).flatMap((source) => source.open);
}

/** Every file of an environment. */
export function sourcesOf(draft: Draft): Source<unknown>[] {
  const { settings, dns, ingress, sso, hosts, models, options } = draft;
  // A contract has no open keys: it is not part of an environment.
  const contracts = draft.contracts.map((source) => ({ ...source, open: [] }));
  return [settings, dns, ingress, sso, ...hosts, ...models, ...contracts, ...options];
}

function assemble(draft: Draft, services: EnvironmentService[]): Environment {
  return {
    name: draft.environment,
    settings: valueOf(draft.settings),
    dns: valueOf(draft.dns),
    ingress: valueOf(draft.ingress),
    sso: valueOf(draft.sso),
    hosts: hostsOf(draft),
    models: draft.models.map(valueOf),
    services,
  };
}

/** What the environment says of all connections holds where a host does not say it. */
function hostsOf({ settings, hosts }: Pick<Draft, 'settings' | 'hosts'>): Host[] {
  const shared = valueOf(settings).ssh ?? {};
  return hosts.map(valueOf).map((host) => ({ ...host, ssh: { ...shared, ...host.ssh } }));
}

/** The options of every service; a placed one without a file has its schema's defaults. */
function servicesOfDraft(
  draft: Draft,
  schemas: Readonly<Record<string, ZodType>>,
): { services: EnvironmentService[]; errors: StackError[] } {
  const errors: StackError[] = [];
  const services = draft.contracts.flatMap(({ name, value: contract }) => {
    if (contract === undefined) return [];
    const source = draft.options.find((option) => option.name === name);
    if (source !== undefined) return [{ contract, options: source.value }];
    const defaults = schemas[name]?.safeParse({}) ?? { success: true as const, data: {} };
    if (!defaults.success && placedOn(draft.hosts, name).length > 0) {
      const keys = defaults.error.issues.map((issue) => issue.path.join('.')).join(', ');
      errors.push(
        badInput(`the file is missing, and these options have no default: ${keys}`, {
          where: { file: `apps/${name}/environments/${draft.environment}.yaml`, service: name },
          fix: `write the file with these keys, or copy another from apps/${name}/environments/`,
        }),
      );
    }
    return [{ contract, options: defaults.success ? defaults.data : {} }];
  });
  return { services, errors };
}

function valueOf<T>(source: Source<T>): T {
  if (source.value !== undefined) return source.value;
  throw badInput('this file could not be read', { where: { file: source.file } });
}

/** Whether a file's own check has found fault with the same key already. */
function isReported({ where }: StackError, reported: readonly StackError[]): boolean {
  return reported.some((error) => error.where.file === where.file && error.where.key === where.key);
}

/** By file and place, so that a person goes through a file once; the same error is said once. */
function sortErrors(errors: readonly StackError[]): StackError[] {
  const unique = new Map(errors.map((error) => [error.message, error]));
  return [...unique.values()].sort((left, right) => compareWhere(left.where, right.where));
}

function compareWhere(left: Where, right: Where): number {
  if (left.file !== right.file) return (left.file ?? '') < (right.file ?? '') ? -1 : 1;
  const byLine = (left.line ?? 0) - (right.line ?? 0);
  return byLine === 0 ? (left.column ?? 0) - (right.column ?? 0) : byLine;
}
