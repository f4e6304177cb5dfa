import {
  dnsServerOf,
  labels,
  type Container,
  type Environment,
  type SecretSpec,
  type ServiceModel,
} from '@ai-stack/core';
import type { Consumer } from './bindings';
import { networksOf, projectOf, publishedPorts, restartPolicy } from './containers';
import { hashOf } from './hash';
import { mirroredImage } from './image-name';
import { traefikLabels } from './traefik-labels';
import { renderYaml } from './yaml';

/** A container's part of compose.yaml, and the hash over it and over the files that it mounts. */
export interface ComposePart {
  name: string;
  part: Record<string, unknown>;
  contentHash: string;
}

/** The containers of a service as parts of compose.yaml, sorted by name. */
export function composeParts(
  environment: Environment,
  consumer: Consumer,
  model: ServiceModel,
): ComposePart[] {
  return Object.entries(model.containers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, container]) => {
      const part = containerPart(environment, consumer, container, model.secrets);
      const mounted = model.files
        .filter((file) => file.onChange === 'recreate' && file.containers.includes(name))
        .map(({ path, content }) => [path, content])
        .sort();
      return { name, part, contentHash: hashOf({ part, mounted }) };
    });
}

/** compose.yaml of a service; an operator can run `docker compose up -d` next to it. */
export function renderCompose(
  environment: Environment,
  { contract, host }: Consumer,
  parts: readonly ComposePart[],
  model: ServiceModel,
): string {
  const services = parts.map(({ name, part, contentHash }) => {
    const ours = { ...(part['labels'] as object), [labels.content]: contentHash };
    return [name, { ...part, labels: ours }];
  });
  const head = `# ${contract.name} on ${host.name}, environment ${environment.name}. Rendered: edit the definition, not this.\n`;
  return (
    head +
    renderYaml({
      name: projectOf(contract.name),
      services: Object.fromEntries(services) as unknown,
      ...networksPart(environment, model),
    })
  );
}

function containerPart(
  environment: Environment,
  consumer: Consumer,
  container: Container,
  secrets: readonly SecretSpec[],
): Record<string, unknown> {
  const { settings } = environment;
  const literal = escapeDollars({
    image: mirroredImage(container.image, settings.registryMirror),
    pull_policy: 'missing',
    init: container.init,
    user: container.user,
    entrypoint: container.entrypoint,
    command: container.command,
    environment: container.environment,
    volumes: container.mounts.map(mountPart),
    tmpfs: container.tmpfs,
    ports: portsPart(consumer, container),
    networks: containerNetworks(consumer, container),
    dns: container.resolvesNames ? [dnsServerOf(environment)] : undefined,
    labels: containerLabels(environment, consumer, container),
    healthcheck: healthcheckPart(container),
    restart: restartPolicy,
    stop_grace_period: container.stopGracePeriod,
    read_only: container.readOnly,
    cap_drop: container.capDrop,
    cap_add: container.capAdd,
    security_opt: container.noNewPrivileges ? ['no-new-privileges:true'] : undefined,
    shm_size: container.shmSize,
    ulimits: { nofile: container.ulimits.nofile },
    deploy: deployPart(container),
    logging: {
      driver: 'json-file',
      options: {
        'max-size': settings.logging.maxSize,
        'max-file': String(settings.logging.maxFiles),
      },
    },
  });
  const values = {
    ...literal['environment'],
    ...secretValues(container, secrets),
  };
  return withoutEmpty({ ...literal, environment: sorted(values) });
}

function secretValues(
  { secretEnvironment }: Container,
  secrets: readonly SecretSpec[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secretEnvironment).map(([variable, key]) => {
      const source = secrets.find((spec) => spec.key === key)?.source;
      const isOptional = source?.kind === 'provided' && source.optional;
      return [variable, isOptional ? `\${${key}:-}` : `\${${key}:?not set in .env}`];
    }),
  );
}

function mountPart({ source, target, readOnly }: Container['mounts'][number]) {
  return { type: 'bind', source, target, ...(readOnly ? { read_only: true } : {}) };
}

function portsPart(consumer: Consumer, container: Container) {
  return publishedPorts(consumer, container).map(({ address, port, protocol, containerPort }) => ({
    target: containerPort,
    published: String(port),
    host_ip: address,
    protocol,
  }));
}

function containerNetworks({ contract }: Consumer, { joinsStack, routes }: Container) {
  return {
    ...(joinsStack ? { stack: { aliases: [contract.name] } } : {}),
    ...(routes.length > 0 ? { ingress: {} } : {}),
  };
}

function networksPart(environment: Environment, model: ServiceModel) {
  const networks = networksOf(environment, model).map(({ name, ours }) => [
    ours ? 'stack' : 'ingress',
    { name, external: true },
  ]);
  return networks.length === 0 ? {} : { networks: Object.fromEntries(networks) as unknown };
}

function containerLabels(environment: Environment, { contract }: Consumer, container: Container) {
  return sorted({
    [labels.environment]: environment.name,
    [labels.service]: contract.name,
    ...traefikLabels(container.routes, environment.ingress),
  });
}

function healthcheckPart({ healthcheck }: Container) {
  if (healthcheck === null) return undefined;
  const { test, interval, timeout, retries, startPeriod, startInterval } = healthcheck;
  return {
    test,
    interval,
    timeout,
    retries,
    start_period: startPeriod,
    start_interval: startInterval,
  };
}

function deployPart({ memory, cpus, gpus = [] }: Container) {
  const limits = withoutEmpty({ memory, cpus: cpus === undefined ? undefined : String(cpus) });
  const devices = [{ driver: 'nvidia', device_ids: [...gpus].sort(), capabilities: ['gpu'] }];
  const resources = withoutEmpty({
    limits,
    reservations: gpus.length > 0 ? { devices } : undefined,
  });
  return Object.keys(resources).length > 0 ? { resources } : undefined;
}

/** `$` is Compose's interpolation sign in every string: doubled, it is itself. */
function escapeDollars<Value>(value: Value): Value {
  const escape = (inner: unknown): unknown => {
    if (typeof inner === 'string') return inner.replaceAll('$', '$$$$');
    if (Array.isArray(inner)) return inner.map(escape);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, entry]) => [key, escape(entry)]));
  };
  return escape(value) as Value;
}

function withoutEmpty(part: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean =>
    value === undefined ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(part).filter(([, value]) => !isEmpty(value)));
}

function sorted<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
