import type { Definition, Environment, Release } from '@ai-stack/core';
import { planRelease } from '@ai-stack/deploy';
import { readLocalEnv } from '@ai-stack/inventory';
import { renderStack } from '@ai-stack/render';
import { emptyFacts } from '../../../libs/deploy/fixtures/sample-release';
import { loadDefinitions } from '../../stack/src/context/definitions';
import { readStack } from '../../stack/src/context/stack';
import { median } from './measure';

/** How long rendering and planning take with so many services, in milliseconds. */
export interface Growth {
  services: number;
  renderMs: number;
  planMs: number;
}

const rounds = 7;

/** The lab's services again and again under further names, rendered and planned against hosts that have nothing. */
export async function measureGrowth(root: string, counts: readonly number[]): Promise<Growth[]> {
  const { environment } = await readStack(root, 'lab', { ...readLocalEnv(root), ...process.env });
  const names = environment.services.map(({ contract }) => contract.name);
  const definitions = await loadDefinitions(root, names);
  return counts.map((services) => {
    const [large, all] = multiply(environment, definitions, Math.ceil(services / names.length));
    const rendered = time(() => renderStack(large, all));
    const planned = time(() => plan(large, rendered.result));
    return { services, renderMs: rendered.ms, planMs: planned.ms };
  });
}

function multiply(
  environment: Environment,
  definitions: Readonly<Record<string, Definition>>,
  times: number,
): [Environment, Record<string, Definition>] {
  const copies = Array.from({ length: times }, (_, at) => (at === 0 ? '' : `-${at}`));
  // One resolver serves them all.
  const named = (name: string) =>
    name === 'dns' ? [name] : copies.map((copy) => `${name}${copy}`);
  return [
    {
      ...environment,
      hosts: environment.hosts.map((host) => ({ ...host, services: host.services.flatMap(named) })),
      services: environment.services.flatMap((service) =>
        named(service.contract.name).map((name, at) => ({
          ...service,
          contract: {
            ...service.contract,
            name,
            endpoints: service.contract.endpoints.map((endpoint) => ({
              ...endpoint,
              ...(endpoint.label !== undefined && {
                label: `${endpoint.label}${copies[at] ?? ''}`,
              }),
            })),
          },
        })),
      ),
    },
    Object.fromEntries(
      Object.entries(definitions).flatMap(([name, definition]) =>
        named(name).map((serviceName) => [serviceName, definition] as const),
      ),
    ),
  ];
}

function plan(environment: Environment, releases: readonly Release[]): void {
  for (const release of releases) {
    const host = environment.hosts.find(({ name }) => name === release.host);
    if (host === undefined) continue;
    planRelease(release, emptyFacts(release.host), new Map(), {
      ...{ stackRoot: host.stackRoot, dataRoot: host.dataRoot, gpus: host.gpus },
      ...{ releasesOnHost: [release], placedOn: [host.name], allFacts: [], today: new Date(0) },
    });
  }
}

function time<Result>(work: () => Result): { ms: number; result: Result } {
  let result = work();
  const runs = Array.from({ length: rounds }, () => {
    const started = performance.now();
    result = work();
    return performance.now() - started;
  });
  return { ms: median(runs), result };
}
