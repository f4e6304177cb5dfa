import { badInput, type Environment, type ServiceModel, type StackError } from '@ai-stack/core';
import type { Consumer } from './bindings';

/** What is wrong with a definition's result on this host, all findings together. */
export function judgeModel(
  environment: Environment,
  { contract, host }: Consumer,
  model: ServiceModel,
): StackError[] {
  const where = { environment: environment.name, service: contract.name, host: host.name };
  const containers = Object.entries(model.containers);
  const routed = containers.some(([, { routes }]) => routes.length > 0);
  const errors: StackError[] = [];
  if (routed && host.name !== environment.ingress.host) {
    errors.push(
      badInput(`${contract.name} is public but Traefik runs on ${environment.ingress.host}`, {
        where: { ...where, file: hostFile(environment, host.name), key: 'services' },
        fix: `move ${contract.name} to the services of ${hostFile(environment, environment.ingress.host)}; routing to another host is not built yet`,
      }),
    );
  }
  if (routed && environment.ingress.network === environment.settings.network) {
    errors.push(
      badInput(`Traefik's network and the stack's own are both ${environment.settings.network}`, {
        where,
        fix: 'set another network in environment.yaml: on a shared one every container reaches LiteLLM without SSO',
      }),
    );
  }
  for (const { path, onChange, containers: mounting } of model.files) {
    if (onChange === 'none' || mounting.length > 0) continue;
    errors.push(
      badInput(`no container mounts ${path}`, {
        where: { ...where, file: `apps/${contract.name}/service.ts`, key: 'mounts' },
        fix: 'mount its directory in the container that reads it',
      }),
    );
  }
  for (const [name, container] of containers) {
    const unknown = Object.values(container.secretEnvironment).filter(
      (key) => !model.secrets.some((spec) => spec.key === key),
    );
    errors.push(
      ...unknown.map((key) =>
        badInput(`container ${name} uses the secret ${key}, which the service does not list`, {
          where: { ...where, file: `apps/${contract.name}/service.ts`, key: 'secrets' },
        }),
      ),
    );
    const canDrain = container.healthcheck !== null && container.drain !== undefined;
    if (model.updateOrder === 'start-first' && !canDrain) {
      errors.push(
        badInput(`container ${name} has no health check that a drain can make fail`, {
          where: { ...where, file: `apps/${contract.name}/service.ts`, key: 'drain' },
          fix: 'give it healthcheck and drain, or use updateOrder stop-first',
        }),
      );
    }
    if (model.updateOrder === 'start-first' && container.publish.length > 0) {
      errors.push(
        badInput(`container ${name} publishes a port, so two of it cannot run side by side`, {
          where,
          fix: 'use updateOrder stop-first',
        }),
      );
    }
  }
  return errors;
}

function hostFile(environment: Environment, host: string): string {
  return `libs/inventory/environments/${environment.name}/hosts/${host}.yaml`;
}
