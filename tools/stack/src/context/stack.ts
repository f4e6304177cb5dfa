import {
  badInput,
  contractOf,
  hostOf,
  hostsOf,
  nxRun,
  orderByNeeds,
  throwAll,
  type Contract,
  type Environment,
  type Hooks,
  type Probe,
  type Release,
  type StackError,
  flattenErrors,
} from '@ai-stack/core';
import { readContracts, readEnvironment, type EarlyHosts } from '@ai-stack/inventory';
import { renderStack } from '@ai-stack/render';
import { loadDefinitions } from './definitions';

/** One environment, read, checked and rendered in memory: what every command starts from. */
export interface Stack {
  root: string;
  environment: Environment;
  /** Every release of the environment, ordered by needs, whatever was selected. */
  releases: Release[];
  /** The same order, as names. */
  order: Contract[];
  /** What services add to commands, by service. */
  hooks: Readonly<Record<string, Hooks>>;
}

export type Variables = Record<string, string | undefined>;

/** Reads and renders an environment. Throws all errors of all files together (exit code 2). */
export async function readStack(
  root: string,
  name: string,
  variables: Variables,
  earlyHosts?: EarlyHosts,
): Promise<Stack> {
  const contracts = readContracts(root);
  const definitions = await loadDefinitions(
    root,
    contracts.map((contract) => contract.name),
  );
  const optionSchemas = Object.fromEntries(
    Object.entries(definitions).map(([service, { options }]) => [service, options]),
  );
  const hooks = Object.fromEntries(
    Object.entries(definitions).map(([service, definition]) => [service, definition.hooks ?? {}]),
  );
  const early = earlyHosts?.early;
  const environment = readEnvironment(root, name, { variables, optionSchemas, hooks, early });
  const releases = renderStack(environment, definitions);
  return { root, environment, releases, order: orderByNeeds(contracts), hooks };
}

/** What a person asked for: names of services and hosts; empty lists mean all. */
export interface Selection {
  services: readonly string[];
  hosts: readonly string[];
}

/** The releases of a selection. Throws for unknown names, and when nothing is left. */
export function selectReleases(stack: Stack, selection: Selection): Release[] {
  const errors: StackError[] = [];
  const check = (find: () => unknown) => {
    try {
      find();
    } catch (error) {
      errors.push(...flattenErrors(error));
    }
  };
  for (const service of selection.services) check(() => contractOf(stack.environment, service));
  for (const host of selection.hosts) check(() => hostOf(stack.environment, host));
  throwAll(errors);
  const wanted = (list: readonly string[], name: string) =>
    list.length === 0 || list.includes(name);
  const selected = stack.releases.filter(
    (release) =>
      wanted(selection.services, release.service) && wanted(selection.hosts, release.host),
  );
  if (selected.length === 0) throw nothingSelected(stack, selection);
  return selected;
}

/** As `selectReleases`; empty, and no error, where all that was selected is verified without being placed. */
export function selectVerified(stack: Stack, selection: Selection): Release[] {
  const { services } = selection;
  const probes = unplacedProbes(stack, selection);
  const hasNone = (service: string) => probes.every((probe) => probe.service !== service);
  if (services.length === 0 || services.some(hasNone)) return selectReleases(stack, selection);
  return [];
}

/** What verify asks of selected services that are not placed; of some hosts, what is asked from there. Pure. */
export function unplacedProbes(
  { environment, hooks }: Pick<Stack, 'environment' | 'hooks'>,
  { services, hosts }: Selection,
): Probe[] {
  const names = Object.keys(hooks).filter(
    (name) =>
      (services.length === 0 || services.includes(name)) && hostsOf(environment, name).length === 0,
  );
  return names
    .flatMap((name) => hooks[name]?.unplaced?.probes(environment) ?? [])
    .filter(({ vantage }) => hosts.length === 0 || hosts.includes(vantage.replace('host:', '')));
}

function nothingSelected({ environment }: Stack, { services, hosts }: Selection): StackError {
  const where = hosts.join(', ') || 'any host';
  const what =
    services.length === 0
      ? `no service is placed on ${where}`
      : `${services.join(', ')} is not placed on ${where}`;
  const { dns } = environment;
  const isElsewhere =
    dns.server !== undefined &&
    services.length > 0 &&
    services.every((name) => contractOf(environment, name).dnsMode !== undefined);
  if (isElsewhere) {
    return badInput(
      `${what}: with mode: ${dns.mode} the server ${dns.server ?? ''} has the records`,
      {
        where: { environment: environment.name },
        fix: `${services.map((name) => nxRun(environment.name, `${name}:verify`)).join(', ')} asks that server`,
      },
    );
  }
  return badInput(what, {
    where: { environment: environment.name },
    fix: `add it to services: in libs/inventory/environments/${environment.name}/hosts/<host>.yaml`,
  });
}
