import { setTimeout as sleep } from 'node:timers/promises';
import {
  dnsServerOf,
  StackError,
  type Environment,
  type Probe,
  type ProbeResult,
  type Release,
} from '@ai-stack/core';
import { askProbes } from '@ai-stack/verify';
import type { Session } from '../context/session';
import type { Stack } from '../context/stack';

const deadlineMs = 90_000;
const pauseMs = 500;

/** Waits until the probe of the hook `reloaded` is right: the running program uses the rewritten file. */
export function verifyReload({ environment, hooks }: Stack, session: Session) {
  return async (release: Release, path: string, serial: number | undefined): Promise<void> => {
    const context = { environment, release, file: { path, serial } };
    const probe = hooks[release.service]?.reloaded?.(context);
    if (probe === undefined) return;
    const until = performance.now() + deadlineMs;
    for (;;) {
      const result = await askOnce(probe, environment, session);
      if (result?.ok === true) return;
      if (performance.now() > until) throw notReloaded(probe, release, path, result);
      await sleep(pauseMs);
    }
  };
}

async function askOnce(
  probe: Probe,
  environment: Environment,
  { connections, engines }: Session,
): Promise<ProbeResult | undefined> {
  const [result] = await askProbes([probe], {
    ...{ connections, engines },
    secretOf: () => undefined,
    dnsServer: { address: dnsServerOf(environment) },
    deadlineMs: 5000,
  });
  return result;
}

function notReloaded(
  { fix }: Probe,
  { service, host }: Release,
  file: string,
  result: ProbeResult | undefined,
): StackError {
  const expected = result?.expected ?? 'an answer';
  return new StackError(
    `the new content is not in use after ${deadlineMs / 1000} s: expected ${expected}, got ${result?.observed ?? 'no answer'}`,
    { where: { service, host, file }, fix },
  );
}
