import { posix } from 'node:path';
import {
  badInput,
  contractOf,
  flattenErrors,
  hostsOf,
  orderByNeeds,
  throwAll,
  type Definition,
  type Environment,
  type Host,
  type LongStart,
  type PublishedPort,
  type Release,
  type ReleaseContainer,
  type ReleaseFile,
  type RenderContext,
  type ServiceModel,
  type StackError,
} from '@ai-stack/core';
import { bindingsOf, publicUrlOf, type Consumer } from './bindings';
import { containerOptions } from './base-options';
import { checkModel } from './check-model';
import { composeParts, renderCompose, type ComposePart } from './compose';
import { networksOf, projectOf, publishedPorts, settingsOf } from './containers';
import { extraEnvironmentErrors } from './extra-environment';
import { hashOf, sha256, without } from './hash';
import { imageNeedsOf } from './image-needs';
import { normaliseService } from './normalise';
import { containerProbe } from './probes';
import { healthDeadline, secondsOf } from './duration';
import { z } from 'zod';

/** Renders one service: one release for each host on which it is placed, sorted by host. Pure. */
export function renderService(
  environment: Environment,
  service: string,
  definition: Definition,
): Release[] {
  const hosts = hostsOf(environment, service);
  // A service that is placed nowhere, such as one that an update brought, needs no options.
  if (hosts.length === 0) return [];
  const options = parseOptions(environment, service, definition);
  const errors: StackError[] = [];
  const releases = hosts.flatMap((host) => {
    try {
      return [renderRelease(environment, service, definition, host, options)];
    } catch (error) {
      errors.push(...flattenErrors(error, { environment: environment.name, service }));
      return [];
    }
  });
  throwAll(errors);
  return releases;
}

/** Renders every placed service, those that are needed first. Throws the errors of all services together. */
export function renderStack(
  environment: Environment,
  definitions: Readonly<Record<string, Definition>>,
): Release[] {
  const errors: StackError[] = [];
  const ordered = orderByNeeds(environment.services.map(({ contract }) => contract));
  const releases = ordered.flatMap(({ name }) => {
    const definition = definitions[name];
    if (definition === undefined) return [];
    try {
      return renderService(environment, name, definition);
    } catch (error) {
      errors.push(...flattenErrors(error, { environment: environment.name, service: name }));
      return [];
    }
  });
  throwAll(errors);
  return releases;
}

function renderRelease(
  environment: Environment,
  service: string,
  definition: Definition,
  host: Host,
  options: unknown,
): Release {
  const consumer = { contract: contractOf(environment, service), host };
  const defined = definition.render(contextOf(environment, consumer, options));
  throwAll(
    extraEnvironmentErrors({
      ...{ environment, consumer, definition, service: defined },
      variables: z.object(containerOptions).parse(options ?? {}).extraEnvironment,
    }),
  );
  const model = normaliseService(environment, consumer, defined, options);
  throwAll(checkModel(environment, consumer, model, definition.hooks));
  const hashed = hashedPart(environment, consumer, model);
  const { stackDirectory, containers, files } = hashed;
  const settings = Object.fromEntries(
    Object.entries(model.containers).map(([name, container]) => [
      name,
      settingsOf(environment, consumer, container),
    ]),
  );
  const own = containers.map((container) =>
    containerProbe(hashed, container, settings[container.name]),
  );
  const { migration, warnings, gpuDriver } = model;
  return {
    ...hashed,
    contentHash: hashOf({ ...hashed, files: files.map((file) => without(file, 'content')) }),
    migration,
    settings,
    imageNeeds: imageNeedsOf(consumer, model),
    hostPaths: hostPathsOf(model, [stackDirectory, posix.join(host.dataRoot, service)]),
    warnings,
    ...(gpuDriver !== undefined && { gpuDriver }),
    probes: [...own, ...model.probes],
  };
}

/** What of a release its id is the hash of. */
function hashedPart(environment: Environment, consumer: Consumer, model: ServiceModel) {
  const { contract, host } = consumer;
  const parts = composeParts(environment, consumer, model);
  const compose = renderCompose(environment, consumer, parts, model);
  const stackDirectory = posix.join(host.stackRoot, contract.name);
  return {
    version: 1 as const,
    environment: environment.name,
    service: contract.name,
    host: host.name,
    project: projectOf(contract.name),
    stackDirectory,
    files: filesOf(model, posix.join(stackDirectory, 'compose.yaml'), compose),
    directories: byKey(model.directories, ({ path }) => path),
    containers: parts.map((part) => containerOf(part, model)),
    networks: networksOf(environment, model),
    ports: portsOf(consumer, model),
    routers: Object.values(model.containers)
      .flatMap(({ routes }) => routes.map(({ name }) => name))
      .sort(),
    secrets: byKey(model.secrets, ({ key }) => key),
    environmentKeys: environmentKeys(model),
    gpuMemory: byKey(model.gpuMemory, ({ device, reason }) => `${device} ${reason}`),
    pullModels: [...new Set(model.pullModels)].sort(),
    updateOrder: model.updateOrder,
  };
}

/** The ports that its containers publish, sorted. */
function portsOf(consumer: Consumer, { containers }: ServiceModel): PublishedPort[] {
  const ports = Object.values(containers)
    .flatMap((container) => publishedPorts(consumer, container))
    .map(({ address, port, protocol }) => ({ address, port, protocol }));
  return byKey(ports, ({ port, protocol }) => `${String(port).padStart(5, '0')}/${protocol}`);
}

/** What is mounted from outside of the service's own directories. */
function hostPathsOf({ containers }: ServiceModel, own: readonly string[]): string[] {
  const sources = Object.values(containers).flatMap(({ mounts }) =>
    mounts.map(({ source }) => source),
  );
  const isOwn = (path: string) =>
    own.some((directory) => path === directory || path.startsWith(`${directory}/`));
  return [...new Set(sources)].filter((path) => !isOwn(path)).sort();
}

function contextOf(
  environment: Environment,
  consumer: { contract: RenderContext['contract']; host: Host },
  options: unknown,
): RenderContext {
  const { contract, host } = consumer;
  return {
    environment,
    host,
    contract,
    options,
    bindings: (service, endpoint) => bindingsOf(environment, consumer, service, endpoint),
    publicUrl: (service) =>
      publicUrlOf(environment, service === undefined ? contract : contractOf(environment, service)),
    dataPath: (...parts) => posix.join(host.dataRoot, contract.name, ...parts),
  };
}

function parseOptions(environment: Environment, service: string, definition: Definition): unknown {
  const entry = environment.services.find(({ contract }) => contract.name === service);
  const result = definition.options.safeParse(entry?.options ?? {});
  if (result.success) return result.data;
  throwAll(
    result.error.issues.map((issue) =>
      badInput(issue.message, {
        where: {
          environment: environment.name,
          service,
          file: `apps/${service}/environments/${environment.name}.yaml`,
          key: issue.path.join('.'),
        },
      }),
    ),
  );
  return undefined;
}

function containerOf({ name, part, contentHash }: ComposePart, model: ServiceModel) {
  const { healthcheck = null, drain, longStart } = model.containers[name] ?? {};
  return {
    name,
    image: String(part['image']),
    hasHealthcheck: healthcheck !== null,
    healthDeadlineSeconds: healthDeadline(healthcheck),
    contentHash,
    ...(longStart !== undefined && { longStart: limited(longStart) }),
    ...(drain === undefined ? {} : { drain }),
  };
}

function limited({ begins, ends, limit }: LongStart): ReleaseContainer['longStart'] {
  return { begins, ends, limitSeconds: secondsOf(limit) };
}

function filesOf(model: ServiceModel, composePath: string, compose: string): ReleaseFile[] {
  const composeFile: ReleaseFile = {
    path: composePath,
    content: compose,
    sha256: sha256(compose),
    mode: '0644',
    // Compose itself decides what a change of it replaces; the label of each container says what it should run.
    onChange: 'none',
    containers: [],
  };
  const defined = model.files.map((file): ReleaseFile => ({
    path: file.path,
    content: file.content,
    sha256: sha256(file.content),
    mode: file.mode,
    onChange: file.onChange,
    containers: [...file.containers].sort(),
    ...(file.serialPlaceholder === undefined ? {} : { serialPlaceholder: file.serialPlaceholder }),
  }));
  return byKey([composeFile, ...defined], ({ path }) => path);
}

function environmentKeys(model: ServiceModel): string[] {
  const used = Object.values(model.containers).flatMap(({ secretEnvironment }) =>
    Object.values(secretEnvironment),
  );
  return [...new Set(used)].sort();
}

function byKey<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}
