import { randomBytes } from 'node:crypto';
import type { PlanOptions } from '@ai-stack/deploy';
import { readProvided } from '@ai-stack/secrets';
import { refuseMissingCaFile } from '../context/ca-file';
import { refuseTrackedSecrets } from '../context/secrets-file';
import { askHooks } from '../preflight/ask-hooks';
import { checkFirstImages } from '../preflight/first-images';
import { refuseLostHosts } from '../preflight/lost-hosts';
import { allWhereReached, hostsInNeed } from './choose-hosts';
import type { Context } from './on-stack';

/** How plan and deploy begin: whatever would stop a deploy is found before a host is asked. */
export const planning = {
  isEarly: true,
  checks: [refuseMissingCaFile, refuseTrackedSecrets],
  hosts: allWhereReached,
};

/** What plan, deploy and rollback of a selection have in common. */
export async function planOptions(
  context: Context,
  allow: readonly string[],
): Promise<PlanOptions> {
  const { call, stack, releases, session, hosts } = context;
  return {
    environment: stack.environment.name,
    hosts,
    releases,
    releasesOnHosts: stack.releases,
    placed: stack.environment.hosts,
    orphansOf: call.services.length === 0 ? 'all' : call.services,
    orphansOn: call.hosts.length === 0 ? undefined : call.hosts,
    unreachable: session.unreachable,
    required: hostsInNeed(context).required.map(({ name }) => name),
    provided: await readProvided(stack.root, stack.environment, call.variables),
    random: randomBytes,
    preflight: preflightOf(context),
    allow,
    clock: () => new Date(),
  };
}

/** What only the services' own hooks, registries and git can say. */
function preflightOf({ call, stack, session, hosts }: Context): PlanOptions['preflight'] {
  const checks = [
    askHooks(stack, session, call.terminal.err),
    refuseLostHosts(call, call.terminal.err),
    checkFirstImages(stack, hosts, call.terminal.err),
  ];
  return async (busy, facts) =>
    (await Promise.all(checks.map((check) => check(busy, facts)))).flat();
}
