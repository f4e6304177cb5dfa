import type {
  Container,
  DefinedContainer,
  DefinedSecret,
  DefinedService,
  Directory,
  Environment,
  GeneratedSecret,
  Mount,
  ProvidedSecret,
  Published,
  Route,
  SecretSpec,
  ServiceFile,
  ServiceModel,
} from '@ai-stack/core';
import { z } from 'zod';
import { containerOptions, defaultUlimits } from './base-options';
import { bindingsOf, type Consumer } from './bindings';
import { extraVariables } from './extra-environment';

const resolver = 'dns';

/** What a definition need not write, by the kind of object in which it would be written. */
export const defaults = {
  service: {
    files: [],
    directories: [],
    secrets: [],
    updateOrder: 'stop-first',
    migration: 'none',
    gpuMemory: [],
    pullModels: [],
    probes: [],
  } satisfies Partial<ServiceModel>,
  container: {
    environment: {},
    secretEnvironment: {},
    mounts: [],
    publish: [],
    healthcheck: null,
    stopGracePeriod: '30s',
    ulimits: defaultUlimits,
    noNewPrivileges: true,
    routes: [],
    joinsStack: true,
  } satisfies Partial<Container>,
  mount: { readOnly: false } satisfies Partial<Mount>,
  published: { protocols: ['tcp'] } satisfies Partial<Published>,
  route: { priority: 100, allowRanges: [] } satisfies Partial<Route>,
  file: { mode: '0644', onChange: 'recreate' } satisfies Partial<ServiceFile>,
  directory: { mode: '0755', uid: 0, gid: 0 } satisfies Partial<Directory>,
  generated: { bytes: 32, prefix: '' } satisfies Partial<GeneratedSecret>,
  provided: { optional: false } satisfies Partial<ProvidedSecret>,
};

/** A definition's result with everything filled in that it left out, and with what the options say of each container. */
export function normaliseService(
  environment: Environment,
  consumer: Consumer,
  service: DefinedService,
  options: unknown = {},
): ServiceModel {
  const { containers, files = [], directories = [], secrets = [], ...rest } = service;
  const { ulimits, extraEnvironment } = z.object(containerOptions).parse(options ?? {});
  const extra = extraVariables(environment, consumer, extraEnvironment);
  const complete = Object.fromEntries(
    Object.entries(containers).map(([name, container]) => [
      name,
      normaliseContainer(environment, consumer, {
        ulimits,
        ...container,
        environment: { ...container.environment, ...extra },
      }),
    ]),
  );
  return fill<ServiceModel>(defaults.service, {
    ...rest,
    containers: complete,
    files: files.map((file) =>
      fill<ServiceFile>(defaults.file, {
        ...file,
        containers: mountingContainers(complete, file.path),
      }),
    ),
    directories: directories.map((directory) => fill<Directory>(defaults.directory, directory)),
    secrets: secrets.map(normaliseSecret),
  });
}

function normaliseContainer(
  environment: Environment,
  consumer: Consumer,
  container: DefinedContainer,
): Container {
  const { mounts = [], publish = [], routes = [] } = container;
  return fill<Container>(defaults.container, {
    ...container,
    mounts: mounts.map((mount) => fill<Mount>(defaults.mount, mount)),
    publish: publish.map((entry) => fill<Published>(defaults.published, entry)),
    routes: routes.map((route) => fill<Route>(defaults.route, route)),
    resolvesNames: container.resolvesNames ?? needsResolver(environment, consumer),
  });
}

/** Whether its contract needs `dns`, and `dns` is placed or a server of the operator has the names. */
function needsResolver(environment: Environment, consumer: Consumer): boolean {
  const isNeeded = consumer.contract.needs.some(({ service }) => service === resolver);
  if (!isNeeded) return false;
  return (
    environment.dns.server !== undefined || bindingsOf(environment, consumer, resolver).length > 0
  );
}

function normaliseSecret({ source, ...spec }: DefinedSecret): SecretSpec {
  switch (source.kind) {
    case 'generated':
      return { ...spec, source: fill<GeneratedSecret>(defaults.generated, source) };
    case 'provided':
      return { ...spec, source: fill<ProvidedSecret>(defaults.provided, source) };
    case 'consumed':
      return { ...spec, source };
  }
}

/** The containers that mount the file or a directory above it. */
function mountingContainers(
  containers: Readonly<Record<string, Container>>,
  path: string,
): string[] {
  return Object.entries(containers)
    .filter(([, { mounts }]) =>
      mounts.some(({ source }) => path === source || path.startsWith(`${source}/`)),
    )
    .map(([name]) => name);
}

/** `written` over the defaults; a key whose value is undefined counts as left out. */
function fill<Full extends object>(base: Partial<Full>, written: Partial<Full>): Full {
  const given = Object.entries(written).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) } as Full;
}
