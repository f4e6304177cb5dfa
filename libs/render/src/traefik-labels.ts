import type { Ingress, Route } from '@ai-stack/core';

/**
 * Labels by which Traefik's Docker provider routes to a container. One Traefik service per port; middlewares are named
 * after their router, so no two definitions can differ.
 */
export function traefikLabels(routes: readonly Route[], ingress: Ingress): Record<string, string> {
  if (routes.length === 0) return {};
  const labels: [string, string][] = [
    ['traefik.enable', 'true'],
    ['traefik.docker.network', ingress.network],
  ];
  for (const route of routes) labels.push(...routerLabels(route, routes, ingress));
  for (const port of new Set(routes.map((route) => route.port))) {
    const service = `traefik.http.services.${serviceName(port, routes)}`;
    labels.push([`${service}.loadbalancer.server.port`, String(port)]);
  }
  return Object.fromEntries(labels);
}

/** The rule of a route, narrowed to its source ranges: a client outside falls through to the next router. */
export function routeRule({ rule, allowRanges }: Route): string {
  if (allowRanges.length === 0) return rule;
  const ranges = allowRanges.map((range) => `ClientIP(\`${range}\`)`);
  return `${rule} && (${ranges.join(' || ')})`;
}

function routerLabels(
  route: Route,
  routes: readonly Route[],
  ingress: Ingress,
): [string, string][] {
  const router = `traefik.http.routers.${route.name}`;
  const labels: [string, string][] = [
    [`${router}.rule`, routeRule(route)],
    [`${router}.entrypoints`, ingress.entrypoint],
    [`${router}.tls`, 'true'],
    [`${router}.priority`, String(route.priority)],
    [`${router}.service`, serviceName(route.port, routes)],
  ];
  if (ingress.certResolver !== null)
    labels.push([`${router}.tls.certresolver`, ingress.certResolver]);
  const middlewares: string[] = [];
  if (route.sso && ingress.middleware !== null) middlewares.push(ingress.middleware);
  if (route.rateLimit !== undefined) {
    const name = `${route.name}-rate`;
    const definition = `traefik.http.middlewares.${name}.ratelimit`;
    middlewares.push(name);
    labels.push([`${definition}.average`, String(route.rateLimit.average)]);
    labels.push([`${definition}.burst`, String(route.rateLimit.burst)]);
  }
  if (middlewares.length > 0) labels.push([`${router}.middlewares`, middlewares.join(',')]);
  return labels;
}

function serviceName(port: number, routes: readonly Route[]): string {
  return routes.find((route) => route.port === port)?.name ?? '';
}
