import type { Secret } from '@ai-stack/core';
import type { HostFacts } from '@ai-stack/deploy';
import { parseEnvFile } from '@ai-stack/secrets';
import type { Stack } from './stack';

/** The secrets as the owners' hosts hold them now, for probes that need a key; undefined where there is none. */
export function secretsOnHosts(
  stack: Stack,
  facts: readonly HostFacts[],
): (service: string, key: string) => Secret | undefined {
  const values = (service: string, host: string) => {
    const env = facts.find((hostFacts) => hostFacts.host === host)?.services[service]?.env;
    return env === undefined ? undefined : parseEnvFile(env.reveal());
  };
  return (service, key) =>
    stack.environment.hosts
      .filter((host) => host.services.includes(service))
      .map((host) => values(service, host.name)?.get(key))
      .find((secret) => secret !== undefined);
}
