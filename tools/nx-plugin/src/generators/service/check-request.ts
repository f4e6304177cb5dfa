import { badInput, type StackError } from '@ai-stack/core';
import { flag } from '../read-option';
import type { ServiceRequest } from './request';
import type { KnownEnvironment, KnownHost, KnownService, Scene } from './scene';

/** Names that mean something else on the command line. */
const reserved = ['stack', 'lab'];

/** What of a request does not go with what exists: its name, its label, its needs, and the options among each other. */
export function checkScene(request: ServiceRequest, scene: Scene): StackError[] {
  return [
    ...checkName(request, scene),
    ...checkLabel(request, scene),
    ...checkNeeds(request, scene),
    ...checkOptions(request),
    ...checkOwner(request, scene),
  ];
}

/** Where the service goes, and what is wrong with that. Without hosts: on the host of Traefik. */
export function checkPlacement(
  request: ServiceRequest,
  wanted: { environments: string[]; hosts: string[] },
  scene: Scene,
): { placements: ServiceRequest['placements']; errors: StackError[] } {
  const errors: StackError[] = [];
  const placements = wanted.environments.flatMap((name) => {
    const environment = scene.environments.find((candidate) => candidate.name === name);
    if (environment === undefined) {
      const names = scene.environments.map((candidate) => candidate.name).join(', ');
      errors.push(
        badInput(`there is no environment ${name}`, flag('environments', `use ${names}`)),
      );
      return [];
    }
    const hosts = wanted.hosts.length > 0 ? wanted.hosts : [environment.ingressHost];
    return hosts.flatMap((host) => {
      const hostErrors = checkHost(request, environment, host, scene.services);
      errors.push(...hostErrors);
      return hostErrors.length > 0 ? [] : [{ environment: name, host }];
    });
  });
  return { placements, errors: [...errors, ...checkNeedsPlaced(request, wanted, scene)] };
}

function checkName({ name }: ServiceRequest, { services, projects }: Scene): StackError[] {
  const rename = flag('name', 'choose another name');
  if (reserved.includes(name)) return [badInput(`the name ${name} is reserved`, rename)];
  if (services.some((service) => service.name === name))
    return [badInput(`apps/${name} exists already`, rename)];
  return projects.includes(name) ? [badInput(`${name} is another Nx project`, rename)] : [];
}

function checkLabel({ label }: ServiceRequest, { services, environments }: Scene): StackError[] {
  const fix = 'give another with --label';
  const owner = services.find(({ endpoints }) =>
    endpoints.some((candidate) => candidate.label === label),
  );
  if (owner !== undefined)
    return [badInput(`the label ${label} belongs to ${owner.name}`, flag('label', fix))];
  return environments
    .filter(({ takenLabels }) => takenLabels.includes(label))
    .map(({ name }) =>
      badInput(`${name} has another record of the name ${label}`, flag('label', fix)),
    );
}

function checkNeeds({ name, needs }: ServiceRequest, { services }: Scene): StackError[] {
  const serviceNames = services.map((service) => service.name);
  return needs
    .filter((need) => !serviceNames.includes(need) || need === name)
    .map((need) =>
      badInput(
        need === name ? `${name} cannot need itself` : `there is no service ${need}`,
        flag(
          'needs',
          `use some of ${serviceNames.filter((candidate) => candidate !== name).join(', ')}`,
        ),
      ),
    );
}

function checkOptions({ exposure, protocol, check }: ServiceRequest): StackError[] {
  if (protocol === 'http') return [];
  const fix = 'use --protocol=http, or leave this out';
  return [
    ...(exposure === 'public'
      ? [badInput(`Traefik routes http, not ${protocol}`, flag('exposure', fix))]
      : []),
    ...(check !== 'none'
      ? [badInput(`the check asks by http, not ${protocol}`, flag('check', fix))]
      : []),
  ];
}

function checkOwner({ owner }: ServiceRequest, { teams }: Scene): StackError[] {
  if (teams.includes(owner)) return [];
  const fix = `use one of ${teams.join(', ')}, or add it to tools/checks/owners.yaml`;
  return [badInput(`there is no team ${owner}`, flag('owner', fix))];
}

function checkHost(
  { exposure, port }: ServiceRequest,
  { name, hosts, ingressHost }: KnownEnvironment,
  host: string,
  services: readonly KnownService[],
): StackError[] {
  const match = hosts.find((candidate) => candidate.name === host);
  if (match === undefined) {
    const names = hosts.map((candidate) => candidate.name).join(', ');
    return [badInput(`${name} has no host ${host}`, flag('host', `use one of ${names}`))];
  }
  if (exposure === 'public') {
    if (host === ingressHost) return [];
    const what = `a public service runs on the host of Traefik, which is ${ingressHost} in ${name}`;
    return [badInput(what, flag('host', `use --host=${ingressHost}, or leave it out`))];
  }
  const owner = services
    .filter((service) => match.services.includes(service.name))
    .find(({ endpoints }) =>
      endpoints.some((candidate) => candidate.exposure === 'internal' && candidate.port === port),
    );
  if (owner === undefined) return [];
  const what = `${owner.name} publishes port ${port} on ${host} of ${name}`;
  return [badInput(what, flag('port', 'use another port, or another --host'))];
}

/** What it needs must be placed in each environment in which it is placed. */
function checkNeedsPlaced(
  { needs }: ServiceRequest,
  wanted: { environments: string[] },
  { services, environments }: Scene,
): StackError[] {
  const isPlaced = (hosts: KnownHost[], need: string) =>
    hosts.some((host) => host.services.includes(need));
  return environments
    .filter(({ name }) => wanted.environments.includes(name))
    .flatMap(({ name, hosts }) =>
      needs
        .filter(
          (need) => services.some((candidate) => candidate.name === need) && !isPlaced(hosts, need),
        )
        .map((need) =>
          badInput(
            `${need} is not placed on any host of ${name}`,
            flag('needs', `place it there first, or leave ${name} out of --environments`),
          ),
        ),
    );
}
