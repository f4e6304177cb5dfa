import type { Contract, Endpoint } from './contract';
import type { Environment } from './environment';
import { badInput } from './errors';
import type { Host } from './host';
import type { Model } from './model';

/** The hosts on which a service is placed, sorted by name. */
export function hostsOf(environment: Environment, service: string): Host[] {
  return environment.hosts.filter((host) => host.services.includes(service));
}

/** The contract of a service. Throws a StackError for an unknown one. */
export function contractOf(environment: Environment, service: string): Contract {
  const match = environment.services.find(({ contract }) => contract.name === service);
  if (match === undefined) {
    const names = environment.services.map(({ contract }) => contract.name).join(', ');
    throw badInput(`there is no service ${service}`, { fix: `use one of ${names}` });
  }
  return match.contract;
}

/** The host of that name. Throws a StackError for an unknown one. */
export function hostOf(environment: Environment, name: string): Host {
  const match = environment.hosts.find((host) => host.name === name);
  if (match === undefined) {
    const names = environment.hosts.map((host) => host.name).join(', ');
    throw badInput(`there is no host ${name}`, {
      where: { environment: environment.name },
      fix: `use one of ${names}`,
    });
  }
  return match;
}

/** The host whose service answers for the zone. Throws a StackError where the zone is left to another server. */
export function dnsHostOf(environment: Environment): Host {
  const { host } = environment.dns;
  if (host !== undefined) return hostOf(environment, host);
  throw badInput('no host of this environment answers for its zone', {
    where: {
      environment: environment.name,
      file: `libs/inventory/environments/${environment.name}/dns.yaml`,
      key: 'host',
    },
    fix: 'add host: ..., the host that answers',
  });
}

/** The address of the DNS server that has the names of the zone: our own or the operator's. */
export function dnsServerOf(environment: Environment): string {
  return environment.dns.server ?? dnsHostOf(environment).address;
}

/** The models that an engine serves, on one host or on any; sorted by name. */
export function modelsOf(
  environment: Environment,
  engine: Model['engine'],
  host?: string,
): Model[] {
  const served = environment.models.filter((model) => model.engine === engine);
  if (host === undefined) return served;
  return served.filter((model) => model.hosts?.includes(host) ?? true);
}

/** Whether some service on another host needs this one, so that its port must be published. */
export function isNeededElsewhere(
  environment: Environment,
  service: string,
  host: string,
): boolean {
  return consumingHosts(environment, service).some((consumer) => consumer.name !== host);
}

/** The hosts of the services that need this one, each once. */
export function consumingHosts(environment: Environment, service: string): Host[] {
  const consumers = environment.services.filter(({ contract }) =>
    contract.needs.some((need) => need.service === service),
  );
  return environment.hosts.filter((host) =>
    consumers.some(({ contract }) => host.services.includes(contract.name)),
  );
}

/** The DNS name of an endpoint's label, such as chat.example.org; undefined when it has none. */
export function nameOf(environment: Environment, endpoint: Endpoint): string | undefined {
  return endpoint.label && `${endpoint.label}.${environment.settings.domain}`;
}

/** Services in an order in which each comes after those it needs; ties by name. Throws on a cycle, naming it. */
export function orderByNeeds(contracts: readonly Contract[]): Contract[] {
  const byName = new Map(contracts.map((contract) => [contract.name, contract]));
  const ordered = new Set<Contract>();
  const visit = (contract: Contract, path: string[]): void => {
    if (ordered.has(contract)) return;
    if (path.includes(contract.name)) {
      const cycle = [...path.slice(path.indexOf(contract.name)), contract.name].join(' -> ');
      throw badInput(`the needs of these services form a cycle: ${cycle}`, {
        where: { service: contract.name, file: `apps/${contract.name}/service.yaml`, key: 'needs' },
        fix: 'remove one of these needs',
      });
    }
    const needs = contract.needs.map((need) => need.service).sort();
    for (const need of needs) {
      const needed = byName.get(need);
      if (needed !== undefined) visit(needed, [...path, contract.name]);
    }
    ordered.add(contract);
  };
  for (const contract of [...contracts].sort((a, b) => (a.name < b.name ? -1 : 1)))
    visit(contract, []);
  return [...ordered];
}
