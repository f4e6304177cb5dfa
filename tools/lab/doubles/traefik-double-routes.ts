import { asJson, asText } from './http-double';
import { parseRule } from './traefik-double-rule';
import type { Rule } from './traefik-double-rule';

/** A container as Docker's list of containers shows it. */
export interface Container {
  readonly Id: string;
  readonly State: string;
  /** Such as `Up 3 seconds (health: starting)`. */
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly NetworkSettings: { Networks: Readonly<Record<string, { IPAddress: string }>> };
}
export interface ForwardAuth {
  readonly address: string;
  /** In lower case. */
  readonly responseHeaders: readonly string[];
}
export interface Middleware {
  readonly forwardAuth?: ForwardAuth;
  readonly rateLimit?: { average: number; burst: number };
}
export interface Router {
  readonly name: string;
  readonly rule: string;
  readonly matches: Rule;
  readonly priority: number;
  readonly entrypoints: readonly string[];
  readonly tls: boolean;
  readonly middlewares: readonly (Middleware & { name: string })[];
  /** `host:port` of each container behind it. */
  readonly servers: readonly string[];
}

/** Unhealthy and starting containers get no requests. */
const isReady = ({ State, Status }: Container) =>
  State === 'running' && !/\((unhealthy|health: starting)\)/.test(Status);
const list = (text = '') =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** The labels `traefik.http.<kind>.<name>.<key>` of a container, by name; keys in lower case. */
function labelsOf(labels: Readonly<Record<string, string>>, kind: string) {
  const found = new Map<string, Record<string, string>>();
  for (const [label, value] of Object.entries(labels)) {
    const [, name, key] =
      new RegExp(`^traefik\\.http\\.${kind}\\.([^.]+)\\.(.+)$`, 'i').exec(label) ?? [];
    if (name === undefined || key === undefined) continue;
    found.set(name, { ...found.get(name), [key.toLowerCase()]: value });
  }
  return found;
}

/** The routers of all ready containers, first the one that is asked first; `complain` hears of bad ones. */
export function planRoutes(
  containers: readonly Container[],
  network: string,
  complain: (line: string) => void,
): Router[] {
  const ready = containers.filter((one) => one.Labels['traefik.enable'] === 'true' && isReady(one));
  const servers = new Map<string, string[]>();
  const middlewares = new Map<string, Middleware>();
  for (const { Labels, NetworkSettings } of ready) {
    const wanted = Labels['traefik.docker.network'] ?? network;
    const address = asText(asJson(NetworkSettings.Networks[wanted]).IPAddress);
    for (const [name, keys] of labelsOf(Labels, 'services')) {
      const port = keys['loadbalancer.server.port'];
      if (port === undefined || address === '') continue;
      servers.set(name, [...(servers.get(name) ?? []), `${address}:${port}`]);
    }
    for (const [name, keys] of labelsOf(Labels, 'middlewares')) {
      middlewares.set(name, middlewareOf(keys));
    }
  }
  const routers = new Map<string, Router>();
  for (const { Labels } of ready) {
    for (const [name, keys] of labelsOf(Labels, 'routers')) {
      try {
        routers.set(name, routerOf(name, keys, servers, middlewares));
      } catch (error) {
        complain(`router ${name}: ${String(error)}`);
      }
    }
  }
  return [...routers.values()].sort((a, b) => b.priority - a.priority);
}

function middlewareOf(keys: Readonly<Record<string, string>>): Middleware {
  const address = keys['forwardauth.address'];
  const average = Number(keys['ratelimit.average'] ?? 0);
  const responseHeaders = list(keys['forwardauth.authresponseheaders']).map((one) =>
    one.toLowerCase(),
  );
  return {
    ...(address !== undefined && { forwardAuth: { address, responseHeaders } }),
    ...(average > 0 && { rateLimit: { average, burst: Number(keys['ratelimit.burst'] ?? 1) } }),
  };
}

function routerOf(
  name: string,
  keys: Readonly<Record<string, string>>,
  servers: ReadonlyMap<string, readonly string[]>,
  middlewares: ReadonlyMap<string, Middleware>,
): Router {
  const { rule = '', service = name } = keys;
  const behind = servers.get(service);
  if (behind === undefined) throw new Error(`the service "${service}" does not exist`);
  return {
    name,
    rule,
    matches: parseRule(rule),
    priority: Number(keys.priority ?? rule.length),
    entrypoints: list(keys.entrypoints),
    tls: keys.tls === 'true',
    middlewares: list(keys.middlewares).map((reference) => {
      const middleware = middlewares.get(reference.replace(/@docker$/, ''));
      if (middleware === undefined) throw new Error(`middleware "${reference}" does not exist`);
      return { name: reference, ...middleware };
    }),
    servers: behind,
  };
}
