import {
  consumingHosts,
  hostsOf,
  nxRun,
  type ContainerSettings,
  type Endpoint,
  type Environment,
  type HttpAsk,
  type HttpExpect,
  type Probe,
  type ProbeValue,
  type Release,
  type ReleaseContainer,
  type RenderContext,
  type SecretValue,
  type Vantage,
} from '@ai-stack/core';
import { z } from 'zod';
import { portOptions, publicOptions } from './base-options';
import { publicHostOf, remoteName } from './bindings';
import { without } from './hash';

type Words = Pick<Probe, 'level' | 'title' | 'fix' | 'unseen'> & { what: string };

/** Where on the network a container's port is asked directly, without a published port. */
export interface ContainerPort {
  container: string;
  port: number;
}

/** The release that a container belongs to. */
type ContainerOf = Pick<Release, 'environment' | 'service' | 'host' | 'project'>;

/** That the container runs the wanted image and configuration, and is healthy. Made for every container by render. */
export function containerProbe(
  { environment, service, host, project }: ContainerOf,
  container: ReleaseContainer,
  settings: ContainerSettings | undefined,
): Probe {
  return {
    id: `${service}/container-${container.name}@${host}`,
    level: 'container',
    service,
    vantage: `host:${host}`,
    title: `${container.name} runs on ${host} as rendered`,
    fix: `see why with ${nxRun(environment, `${service}:logs`)}, then ${nxRun(environment, `${service}:deploy`)}`,
    ask: { kind: 'container', project, container: container.name },
    expect: {
      image: container.image,
      contentHash: container.contentHash,
      healthy: container.hasHealthcheck,
      // How many open files its host allows, only a deploy knows.
      ...(settings !== undefined && { settings: without(settings, 'openFiles') }),
    },
  };
}

/** One HTTP question from the host itself to a container's address on the stack's network. */
export function containerHttpProbe(
  { contract, host }: RenderContext,
  { what, ...words }: Words,
  { container, port }: ContainerPort,
  ask: Partial<HttpAsk> & { path: string },
  expect: HttpExpect,
): Probe {
  const { path, method = 'GET', ...rest } = ask;
  return {
    id: `${contract.name}/${what}@${host.name}`,
    service: contract.name,
    vantage: `host:${host.name}`,
    ...words,
    ask: {
      kind: 'http',
      method,
      url: `http://${container}:${port}${path}`,
      container: { project: `ai-${contract.name}`, container },
      ...rest,
    },
    expect,
  };
}

/** One HTTP question from the trusted host, by DNS name, to an internal endpoint that this host provides. */
export function internalHttpProbe(
  context: RenderContext,
  { what, ...words }: Words,
  ask: Partial<HttpAsk> & { path: string },
  expect: HttpExpect,
): Probe {
  const { contract, host } = context;
  const { path, method = 'GET', ...rest } = ask;
  return {
    id: `${contract.name}/${what}@${host.name}`,
    service: contract.name,
    vantage: trustedHost(context),
    ...words,
    ask: { kind: 'http', method, url: `${internalUrl(context)}${path}`, resolver: 'own', ...rest },
    expect,
  };
}

/** `http://<name>:<port>` by which other hosts reach the first internal endpoint on this host. */
export function internalUrl({ environment, contract, host }: RenderContext): string {
  const endpoint = internalEndpoints(contract.endpoints)[0];
  if (endpoint === undefined) throw new TypeError(`${contract.name} has no internal endpoint`);
  const providers = hostsOf(environment, contract.name).length;
  return `http://${remoteName(environment, endpoint, host, providers)}:${endpoint.port}`;
}

/**
 * That the trusted host gets through to each internal port that is published here; with `reachableFrom: consumers` also
 * every host that has a consumer, and that this machine and all other hosts do not.
 */
export function portProbes(context: RenderContext): Probe[] {
  return internalEndpoints(context.contract.endpoints).flatMap((endpoint) => [
    openPortProbe(context, endpoint),
    ...restrictedPortProbes(context, endpoint),
  ]);
}

function openPortProbe(context: RenderContext, endpoint: Endpoint): Probe {
  const { host, environment } = context;
  return {
    ...portProbe(context, endpoint),
    vantage: trustedHost(context),
    title: `port ${endpoint.port} of ${host.name} is open to the trusted host`,
    fix: `let ${environment.ingress.host} through to ${endpoint.port}/tcp of ${host.name}: ${firewallAdvice}`,
    expect: { open: true },
  };
}

function restrictedPortProbes(context: RenderContext, endpoint: Endpoint): Probe[] {
  const { environment, contract, host } = context;
  const { reachableFrom } = z.object(portOptions).parse(context.options ?? {});
  if (reachableFrom === 'anywhere') return [];
  const consumers = consumingHosts(environment, contract.name).map(({ name }) => name);
  const admitted = [...new Set([environment.ingress.host, ...consumers])].sort();
  const probe = portProbe(context, endpoint);
  const others = environment.hosts.filter(({ name }) => name !== host.name);
  const vantages: Vantage[] = ['controller', ...others.map(({ name }) => `host:${name}` as const)];
  return vantages.flatMap((vantage): Probe[] => {
    const name = vantage.replace('host:', '');
    const id = `${probe.id}-from-${name}`;
    const isAdmitted = vantage !== 'controller' && admitted.includes(name);
    if (isAdmitted && name === environment.ingress.host) return [];
    if (isAdmitted) {
      const title = `port ${endpoint.port} of ${host.name} is open to its consumers`;
      const fix = `let ${name} through to ${endpoint.port}/tcp of ${host.name}: ${firewallAdvice}`;
      return [{ ...probe, id, vantage, title, fix, expect: { open: true } }];
    }
    const title = `port ${endpoint.port} of ${host.name} is closed to all but its consumers`;
    const fix = `let only ${admitted.join(', ')} through to ${endpoint.port}/tcp of ${host.name}: ${firewallAdvice}`;
    return [{ ...probe, id, vantage, title, fix, expect: { open: false } }];
  });
}

/** Docker's DNAT comes before the chain INPUT, where ufw, firewalld and plain rules look. */
const firewallAdvice =
  'in the chain DOCKER-USER, or with ufw-docker; rules of ufw, of firewalld and of INPUT do not see published ports (docs/operating.md, "Closing a port")';

function portProbe({ contract, host }: RenderContext, { name, port }: Endpoint) {
  return {
    id: `${contract.name}/port-${name}@${host.name}`,
    level: 'client' as const,
    service: contract.name,
    ask: { kind: 'tcp' as const, address: host.address, port },
  };
}

/**
 * That a browser without a session is sent to the login, asked from this machine with TLS verified. Without a
 * forward-auth middleware the service itself answers, with one of `openStatus`.
 */
export function loginProbe(context: RenderContext, path: string, openStatus: number[]): Probe {
  const { environment, contract, publicUrl } = context;
  const isProtected = hasLogin(context);
  const name = publicHostOf(environment, contract);
  return {
    id: `${contract.name}/login`,
    level: 'client',
    service: contract.name,
    vantage: 'controller',
    title: isProtected
      ? `https://${name}${path} without a session leads to the login`
      : `https://${name}${path} answers over verified TLS`,
    fix: isProtected
      ? `check that ${environment.ingress.middleware ?? ''} exists in Traefik and that ${name} has a provider in the outpost of ${environment.sso.providerName}`
      : 'check the router in Traefik and its certificate',
    ask: { kind: 'http', method: 'GET', url: `${publicUrl()}${path}` },
    expect: isProtected ? loginRedirect(environment.sso.url) : { status: openStatus },
  };
}

/** Whether forward-auth is in front of the service's public name. */
function hasLogin({ environment, options }: RenderContext): boolean {
  const { forwardAuth } = z.object(publicOptions).parse(options ?? {});
  return forwardAuth && environment.ingress.middleware !== null;
}

/** The redirects of a browser without a session end at a page of the identity provider; none without forward-auth. */
export function loginChainProbes(context: RenderContext): Probe[] {
  const { sso } = context.environment;
  if (!hasLogin(context)) return [];
  return [
    publicHttpProbe(
      context,
      {
        what: 'login-chain',
        level: 'client',
        title: `every redirect to the login works, and the last one shows a page of ${sso.providerName}`,
        fix: `follow it in a browser: a host that does not answer, or a provider without the redirect URI, is the last one in the observed redirects`,
        unseen: bindingsNote(
          context.environment,
          `the application of ${publicHostOf(context.environment, context.contract)} (forward-auth)`,
        ),
      },
      { path: '/', follow: 10 },
      { status: [200], endsAt: { host: new URL(sso.url).host } },
    ),
  ];
}

/** Who may enter an application is decided after a login, so no probe sees it. */
export function bindingsNote({ sso }: Environment, application: string): string {
  const { users, admins } = sso.groups;
  const groups = users === admins ? `the group ${users}` : `the groups ${users} and ${admins}`;
  return `whom ${sso.providerName} lets in: ${application} must be bound to ${groups}, since without a binding it is open to everybody there`;
}

/** One HTTP question from this machine to the public name. */
export function publicHttpProbe(
  { contract, publicUrl }: RenderContext,
  { what, ...words }: Words,
  ask: Partial<HttpAsk> & { path: string },
  expect: HttpExpect,
): Probe {
  const { path, method = 'GET', ...rest } = ask;
  return {
    id: `${contract.name}/${what}`,
    service: contract.name,
    vantage: 'controller',
    ...words,
    ask: { kind: 'http', method, url: `${publicUrl()}${path}`, ...rest },
    expect,
  };
}

/** The header value `Bearer <secret>`. */
export function bearer(service: string, key: string): ProbeValue {
  return { secret: { service, key }, prefix: 'Bearer ' };
}

/** A secret as a header's value, nothing before it. */
export function secretValue(service: string, key: string): SecretValue {
  return { secret: { service, key }, prefix: '' };
}

function loginRedirect(ssoUrl: string): HttpExpect {
  return {
    status: [302, 303, 307],
    location: [{ host: new URL(ssoUrl).host }, { pathPrefix: '/outpost.goauthentik.io/' }],
  };
}

function trustedHost({ environment }: RenderContext): `host:${string}` {
  return `host:${environment.ingress.host}`;
}

function internalEndpoints(endpoints: readonly Endpoint[]): Endpoint[] {
  return endpoints.filter(
    ({ exposure, protocol }) => exposure === 'internal' && protocol !== 'dns',
  );
}
