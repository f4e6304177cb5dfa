import { nxDeploy, nxRun } from '@ai-stack/core';
import type { ServiceRequest } from './request';
import type { KnownEnvironment, Scene } from './scene';

/** What a person reads at the end: where the service stands now, where it does not, and how it goes on. */
export function nextSteps(request: ServiceRequest, { services, environments }: Scene): string {
  const { name, needs, placements } = request;
  const resolver = services.some((service) => service.name === 'dns') ? ['dns'] : [];
  const projects = [...new Set([...resolver, ...needs, name])];
  const hostsIn = (environment: string) =>
    placements.filter((one) => one.environment === environment).map(({ host }) => host);
  const places = environments.map((environment) => {
    const hosts = hostsIn(environment.name);
    return hosts.length > 0
      ? `${environment.name}: placed on ${hosts.join(', ')}`
      : `${environment.name}: options only, placed nowhere; when it is wanted there, add it to services in ${fileFor(request, environment)}`;
  });
  const deploys = environments
    .filter((environment) => hostsIn(environment.name).length > 0)
    .flatMap((environment) => [
      nxDeploy(environment.name, projects),
      nxRun(environment.name, `${name}:verify`),
    ]);
  return ['', name, ...[...places, ...deploys].map((line) => `  ${line}`), ''].join('\n');
}

function fileFor({ exposure }: ServiceRequest, { hosts, ingressHost }: KnownEnvironment): string {
  const files = hosts
    .filter(({ name }) => exposure === 'internal' || name === ingressHost)
    .map(({ file }) => file);
  return files.join(' or ');
}
