import { expect, it } from '@jest/globals';
import type { Route } from '@ai-stack/core';
import { labEnvironment } from '@ai-stack/testing/sample-environment';
import { routeRule, traefikLabels } from './traefik-labels';

const route: Route = {
  name: 'web',
  rule: 'Host(`x.example`)',
  priority: 100,
  port: 80,
  sso: true,
  allowRanges: [],
};
const { ingress } = labEnvironment();

it('nothing is routed without a route', () => {
  expect(traefikLabels([], ingress)).toEqual({});
});

it('routers on one port share a service, and each has its own middlewares', () => {
  const limited = { ...route, name: 'api', sso: false, rateLimit: { average: 1, burst: 2 } };
  const labels = traefikLabels([route, limited], { ...ingress, certResolver: 'le' });
  expect(labels).toMatchObject({
    'traefik.docker.network': 'proxy',
    'traefik.http.routers.web.middlewares': 'authentik@docker',
    'traefik.http.routers.web.tls.certresolver': 'le',
    'traefik.http.routers.web.service': 'web',
    'traefik.http.routers.api.service': 'web',
    'traefik.http.routers.api.middlewares': 'api-rate',
    'traefik.http.middlewares.api-rate.ratelimit.average': '1',
    'traefik.http.middlewares.api-rate.ratelimit.burst': '2',
    'traefik.http.services.web.loadbalancer.server.port': '80',
  });
});

it('without a middleware the router has none', () => {
  const labels = traefikLabels([route], { ...ingress, middleware: null });
  expect(labels).not.toHaveProperty('traefik.http.routers.web.middlewares');
});

it('source ranges are part of the rule, so that others fall through to the login', () => {
  expect(routeRule({ ...route, allowRanges: ['10.0.0.0/8', 'fd00::/8'] })).toBe(
    'Host(`x.example`) && (ClientIP(`10.0.0.0/8`) || ClientIP(`fd00::/8`))',
  );
});
