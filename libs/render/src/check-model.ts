import {
  badInput,
  hostsOf,
  isIPv6Address,
  type Container,
  type Environment,
  type Hooks,
  type ServiceModel,
  type StackError,
} from '@ai-stack/core';
import type { Consumer } from './bindings';

/** A definition's result on one host, and what its checks need to know. */
interface Checked {
  environment: Environment;
  consumer: Consumer;
  model: ServiceModel;
}

/** What is wrong with a definition's result on this host, all findings together. */
export function checkModel(
  environment: Environment,
  consumer: Consumer,
  model: ServiceModel,
  hooks: Hooks = {},
): StackError[] {
  const checked = { environment, consumer, model };
  const containers = Object.entries(model.containers);
  return [
    ...checkRoutes(checked),
    ...checkFamilies(checked),
    ...checkMounts(checked),
    ...checkModels(checked, hooks),
    ...containers.flatMap(([name, container]) => [
      ...checkSecrets(checked, name, container),
      ...checkStartFirst(checked, name, container),
    ]),
  ];
}

/** A routed container runs where Traefik does, and shares another network with it than with the services. */
function checkRoutes({ environment, consumer, model }: Checked): StackError[] {
  const { contract, host } = consumer;
  const { ingress, settings } = environment;
  if (Object.values(model.containers).every(({ routes }) => routes.length === 0)) return [];
  const where = whereOf(environment, consumer);
  const elsewhere = badInput(`${contract.name} is public but Traefik runs on ${ingress.host}`, {
    where: { ...where, file: hostFile(environment, host.name), key: 'services' },
    fix: `move ${contract.name} to the services of ${hostFile(environment, ingress.host)}; routing to another host is not built yet`,
  });
  const shared = badInput(
    `Traefik's network and the stack's own are both ${environment.settings.network.name}`,
    {
      where,
      fix: 'set another network.name in environment.yaml: on a shared one every container reaches the services without SSO',
    },
  );
  return [
    ...(host.name === ingress.host ? [] : [elsewhere]),
    ...(ingress.network === settings.network.name ? [shared] : []),
  ];
}

/** What it needs on another host can be reached: a container without IPv6 has no way to an IPv6 address. */
function checkFamilies({ environment, consumer, model }: Checked): StackError[] {
  const { contract, host } = consumer;
  const { ipv6 = false } = environment.settings.network;
  const joins = Object.values(model.containers).some(({ joinsStack }) => joinsStack);
  if (ipv6 !== false || !joins) return [];
  return contract.needs.flatMap(({ service }) =>
    hostsOf(environment, service)
      .filter(({ name, address }) => name !== host.name && isIPv6Address(address))
      .map(({ name, address }) =>
        badInput(
          `${contract.name} on ${host.name} cannot reach ${service} on ${name}: its address ${address} is IPv6, and the stack's network has none`,
          {
            where: {
              ...whereOf(environment, consumer),
              file: `libs/inventory/environments/${environment.name}/environment.yaml`,
              key: 'network.ipv6',
            },
            fix: `write network: { ipv6: true } into environment.yaml (with Docker Engine 27 or newer on ${host.name}), or an IPv4 address into ${hostFile(environment, name)}`,
          },
        ),
      ),
  );
}

/** A file whose change concerns containers is mounted by one. */
function checkMounts({ environment, consumer, model }: Checked): StackError[] {
  return model.files
    .filter(({ onChange, containers }) => onChange !== 'none' && containers.length === 0)
    .map(({ path }) =>
      badInput(`no container mounts ${path}`, {
        where: { ...whereOf(environment, consumer), ...definitionOf(consumer), key: 'mounts' },
        fix: 'mount its directory in the container that reads it',
      }),
    );
}

/** Models that its program must hold are pulled by its hook. */
function checkModels({ environment, consumer, model }: Checked, hooks: Hooks): StackError[] {
  if (model.pullModels.length === 0 || hooks.afterStart !== undefined) return [];
  return [
    badInput(`nothing pulls its models: ${model.pullModels.join(', ')}`, {
      where: { ...whereOf(environment, consumer), ...definitionOf(consumer), key: 'pullModels' },
      fix: 'add the hook afterStart to its definition',
    }),
  ];
}

/** A container uses only secrets that the service lists. */
function checkSecrets(
  { environment, consumer, model }: Checked,
  name: string,
  { secretEnvironment }: Container,
): StackError[] {
  return Object.values(secretEnvironment)
    .filter((key) => !model.secrets.some((spec) => spec.key === key))
    .map((key) =>
      badInput(`container ${name} uses the secret ${key}, which the service does not list`, {
        where: { ...whereOf(environment, consumer), ...definitionOf(consumer), key: 'secrets' },
      }),
    );
}

/** Two containers of it can run at once, and the old one can be drained. */
function checkStartFirst(
  { environment, consumer, model }: Checked,
  name: string,
  { healthcheck, drain, publish }: Container,
): StackError[] {
  if (model.updateOrder !== 'start-first') return [];
  const where = whereOf(environment, consumer);
  const cannotDrain = badInput(`container ${name} has no health check that a drain can make fail`, {
    where: { ...where, ...definitionOf(consumer), key: 'drain' },
    fix: 'give it healthcheck and drain, or use updateOrder stop-first',
  });
  const takesPort = badInput(
    `container ${name} publishes a port, so two of it cannot run at the same time`,
    { where, fix: 'use updateOrder stop-first' },
  );
  return [
    ...(healthcheck === null || drain === undefined ? [cannotDrain] : []),
    ...(publish.length > 0 ? [takesPort] : []),
  ];
}

function whereOf({ name }: Environment, { contract, host }: Consumer) {
  return { environment: name, service: contract.name, host: host.name };
}

function definitionOf({ contract }: Consumer) {
  return { file: `apps/${contract.name}/service.ts` };
}

function hostFile(environment: Environment, host: string): string {
  return `libs/inventory/environments/${environment.name}/hosts/${host}.yaml`;
}
