import type {
  Container,
  ContainerSettings,
  Environment,
  PublishedPort,
  ReleaseNetwork,
  ServiceModel,
} from '@ai-stack/core';
import { endpointOf, type Consumer } from './bindings';

/** When the engine starts a container again by itself. */
export const restartPolicy = 'unless-stopped';

/** What the containers of one service are grouped by on a host. */
export function projectOf(service: string): string {
  return `ai-${service}`;
}

/** The external networks that a service's containers join; `ours` is the stack's own. */
export function networksOf(environment: Environment, model: ServiceModel): ReleaseNetwork[] {
  const containers = Object.values(model.containers);
  const networks: ReleaseNetwork[] = [];
  if (containers.some(({ joinsStack }) => joinsStack)) networks.push(ownNetwork(environment));
  if (containers.some(({ routes }) => routes.length > 0))
    networks.push({ name: environment.ingress.network, ours: false });
  return networks;
}

/** With what is wanted of it: nothing is said of what Docker decides on. */
function ownNetwork({ settings }: Environment): ReleaseNetwork {
  const { name, subnet, mtu, ipv6 } = settings.network;
  return {
    name,
    ours: true,
    ...(subnet !== undefined && { subnet }),
    ...(mtu !== undefined && { mtu }),
    ...(ipv6 !== undefined && { ipv6 }),
  };
}

/** The ports that a container publishes on its host's address. */
export function publishedPorts(
  { contract, host }: Consumer,
  container: Container,
): (PublishedPort & { containerPort: number })[] {
  return container.publish.flatMap(({ endpoint: name, containerPort, protocols }) => {
    const { port } = endpointOf(contract, name);
    return protocols.map((protocol) => ({
      address: host.address,
      port,
      protocol,
      containerPort: containerPort ?? port,
    }));
  });
}

/** What the engine has to say of a container once it was made. */
export function settingsOf(
  environment: Environment,
  consumer: Consumer,
  container: Container,
): ContainerSettings {
  const { joinsStack, routes, memory, cpus = 0, ulimits } = container;
  return {
    networks: [
      ...(joinsStack
        ? [{ name: environment.settings.network.name, aliases: [consumer.contract.name] }]
        : []),
      ...(routes.length > 0 ? [{ name: environment.ingress.network, aliases: [] }] : []),
    ],
    ports: publishedPorts(consumer, container).map(({ address, port, protocol }) => ({
      address,
      port,
      protocol,
    })),
    memoryBytes: memory === undefined ? 0 : bytesOf(memory),
    cpus,
    restart: restartPolicy,
    openFiles: ulimits.nofile,
  };
}

/** Of a size as Docker reads it, such as `512m`. */
function bytesOf(size: string): number {
  return parseInt(size, 10) * 1024 ** ('kmg'.indexOf(size.slice(-1)) + 1);
}
