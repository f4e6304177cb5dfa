import {
  badInput,
  contractOf,
  hostsOf,
  type Binding,
  type Contract,
  type Endpoint,
  type Environment,
  type Host,
} from '@ai-stack/core';

/** Who asks for a binding: a service on one host. */
export interface Consumer {
  contract: Contract;
  host: Host;
}

/**
 * How a consumer reaches a needed service: one binding for each host that provides it, sorted by host. None when the
 * need is optional and placed nowhere. Throws a StackError for what its contract does not need.
 */
export function bindingsOf(
  environment: Environment,
  consumer: Consumer,
  service: string,
  endpointName?: string,
): Binding[] {
  const need = consumer.contract.needs.find((entry) => entry.service === service);
  if (need === undefined) throw missingNeed(consumer, service);
  const contract = contractOf(environment, service);
  const endpoint = endpointOf(contract, endpointName);
  const providers = hostsOf(environment, service);
  if (providers.length === 0 && !need.optional) throw unplacedNeed(environment, consumer, service);
  return providers.map((provider) => {
    const via = provider.name === consumer.host.name ? 'alias' : 'dns';
    const name =
      via === 'alias' ? service : remoteName(environment, endpoint, provider, providers.length);
    const { port } = endpoint;
    return {
      service,
      endpoint,
      host: provider.name,
      via,
      name,
      port,
      url: `http://${name}:${port}`,
    };
  });
}

/**
 * The name under which other hosts reach an endpoint: its label, with the host's name where several hosts provide it;
 * the host itself for a public endpoint (its label leads to Traefik) or one without a label.
 */
export function remoteName(
  environment: Environment,
  endpoint: Endpoint,
  provider: Host,
  providers: number,
): string {
  if (endpoint.exposure === 'public' || endpoint.label === undefined) return provider.fqdn;
  const label = providers > 1 ? `${endpoint.label}-${provider.name}` : endpoint.label;
  return `${label}.${environment.settings.domain}`;
}

/** The endpoint of that name, or the first. Throws a StackError for an unknown one. */
export function endpointOf(contract: Contract, name?: string): Endpoint {
  const match =
    name === undefined
      ? contract.endpoints[0]
      : contract.endpoints.find((endpoint) => endpoint.name === name);
  if (match !== undefined) return match;
  throw badInput(`${contract.name} has no endpoint ${name ?? ''}`, {
    where: { service: contract.name, file: `apps/${contract.name}/service.yaml`, key: 'endpoints' },
    fix: `use one of ${contract.endpoints.map((endpoint) => endpoint.name).join(', ')}`,
  });
}

/** `https://<label>.<domain>` of a service's first public endpoint, with the port where it is not 443. */
export function publicUrlOf(environment: Environment, contract: Contract): string {
  return `https://${publicHostOf(environment, contract)}${portSuffix(environment.ingress.port)}`;
}

/** The name that clients use for a service's first public endpoint. Throws a StackError when there is none. */
export function publicHostOf(environment: Environment, contract: Contract): string {
  const endpoint = contract.endpoints.find(({ exposure }) => exposure === 'public');
  if (endpoint?.label !== undefined) return `${endpoint.label}.${environment.settings.domain}`;
  throw badInput(`${contract.name} has no public endpoint with a label`, {
    where: { service: contract.name, file: `apps/${contract.name}/service.yaml`, key: 'endpoints' },
    fix: 'give an endpoint exposure: public and a label',
  });
}

function portSuffix(port: number): string {
  return port === 443 ? '' : `:${port}`;
}

function missingNeed({ contract }: Consumer, service: string): Error {
  return badInput(`${contract.name} uses ${service} but its contract does not say so`, {
    where: { service: contract.name, file: `apps/${contract.name}/service.yaml`, key: 'needs' },
    fix: `add "- service: ${service}" to needs`,
  });
}

function unplacedNeed(environment: Environment, { contract }: Consumer, service: string): Error {
  return badInput(`${contract.name} needs ${service}, which is not placed on any host`, {
    where: { environment: environment.name, service: contract.name },
    fix: `add ${service} to the services of a host in libs/inventory/environments/${environment.name}/hosts/`,
  });
}
