import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dnsServerOf, hostOf, StackError, type Release } from '@ai-stack/core';
import { collectAllFacts, strayFilesOf } from '@ai-stack/deploy';
import { askProbes, type AskDeps } from '@ai-stack/verify';
import type { Call } from '../context/call';
import { secretsOnHosts } from '../context/secrets';
import { openHosts, type Session } from '../context/session';
import type { Stack } from '../context/stack';

/** What probes need to be asked, over the connections of a session. */
export async function askDeps(
  call: Pick<Call, 'root'>,
  stack: Stack,
  session: Session,
): Promise<Omit<AskDeps, 'deadlineMs' | 'onWait'>> {
  const { environment } = stack;
  const { caFile } = environment.ingress;
  const facts = await collectAllFacts(openHosts(stack, session), []);
  return {
    connections: session.connections,
    engines: session.engines,
    absent: session.absent,
    secretOf: secretsOnHosts(stack, facts),
    strayFilesOf: (name, service) => {
      const hostFacts = facts.find(({ host }) => host === name);
      const directory = `${hostOf(environment, name).stackRoot}/${service}`;
      return hostFacts === undefined ? [] : strayFilesOf(directory, hostFacts);
    },
    clockSkewOf: (name) => facts.find(({ host }) => host === name)?.clockSkew,
    dnsServer: { address: dnsServerOf(environment) },
    network: environment.settings.network.name,
    caFile: caFile === undefined ? undefined : await readFile(join(call.root, caFile), 'utf8'),
  };
}

const proofMs = 60_000;

/** Asks a release's own container and its API; throws a StackError that says what it answered instead. */
export function verifyRelease(
  call: Pick<Call, 'root'>,
  stack: Stack,
  session: Session,
): (release: Release) => Promise<void> {
  return async ({ service, host, probes }) => {
    const asked = probes.filter(({ level }) => level === 'container' || level === 'api');
    const deps = await askDeps(call, stack, session);
    const results = await askProbes(asked, { ...deps, deadlineMs: proofMs });
    const failed = results.filter(({ ok }) => !ok);
    if (failed.length === 0) return;
    const lines = failed.map(({ title, observed }) => `${title}: ${observed}`);
    throw new StackError(`it runs, but does not work: ${lines.join('; ')}`, {
      where: { service, host },
      fix: failed[0]?.fix,
    });
  };
}
