import { setTimeout as sleep } from 'node:timers/promises';
import { hostOf, nxRun, StackError, type Probe, type Release } from '@ai-stack/core';
import { askProbes } from '@ai-stack/verify';
import type { Session } from '../context/session';
import type { Stack } from '../context/stack';

const deadlineMs = 90_000;
const pauseMs = 500;

/** Waits until the resolver answers with the new serial: the proof that it reloaded its zone by itself. */
export function proveReload(stack: Stack, session: Session) {
  return async (release: Release, file: string, serial: number | undefined): Promise<void> => {
    if (serial === undefined) return;
    const probe = serialProbe(stack, release, serial);
    const until = performance.now() + deadlineMs;
    for (;;) {
      const [result] = await askProbes([probe], {
        connections: session.connections,
        engines: session.engines,
        secretOf: () => undefined,
        dnsServer: { address: dnsAddress(stack) },
        deadlineMs: 5000,
      });
      if (result?.ok === true) return;
      if (performance.now() > until) throw notReloaded(release, file, serial, result?.observed);
      await sleep(pauseMs);
    }
  };
}

/** Asked from the DNS host itself, so that it works wherever this machine stands. */
function serialProbe(stack: Stack, release: Release, serial: number): Probe {
  return {
    id: `${release.service}/serial`,
    level: 'client',
    service: release.service,
    vantage: `host:${release.host}`,
    title: 'the zone was reloaded',
    fix: nxRun(release.environment, `${release.service}:logs`),
    ask: {
      kind: 'dns',
      server: dnsAddress(stack),
      name: stack.environment.settings.domain,
      type: 'SOA',
    },
    expect: { answers: [`* * ${serial}`] },
  };
}

function dnsAddress({ environment }: Stack): string {
  return hostOf(environment, environment.dns.host).address;
}

function notReloaded(
  { environment, service, host }: Release,
  file: string,
  serial: number,
  observed = 'no answer',
): StackError {
  return new StackError(
    `the new zone is not served after ${deadlineMs / 1000} s: wanted serial ${serial}, got ${observed}`,
    {
      where: { service, host, file },
      fix: `${nxRun(environment, `${service}:logs`)} says what it thinks of the file`,
    },
  );
}
