import { lookup } from 'node:dns/promises';
import {
  hostsOf,
  type PreflightContext,
  type PreflightFinding,
  type Release,
} from '@ai-stack/core';
import { askNames } from '@ai-stack/verify';
import type { Session } from '../context/session';
import type { Stack } from '../context/stack';

const timeoutMs = 4000;

/** Asks the hook `preflight` of every service, that of `unplaced` where it is not placed, over a session's connections. */
export function askHooks(
  { environment, hooks }: Pick<Stack, 'environment' | 'hooks'>,
  { connections }: Pick<Session, 'connections'>,
  note: (text: string) => void,
) {
  const preflights = Object.entries(hooks).map(([name, hook]) =>
    hostsOf(environment, name).length > 0 ? hook : hook.unplaced,
  );
  const names = { askNames: namesOver(connections), addressHere };
  return async (changing: readonly Release[]): Promise<PreflightFinding[]> => {
    const context: PreflightContext = { environment, changing, note, ...names };
    const asked = preflights.map(async (hook) => (await hook?.preflight?.(context)) ?? []);
    return (await Promise.all(asked)).flat();
  };
}

function namesOver(connections: Session['connections']): PreflightContext['askNames'] {
  return async (host, server, questions) => {
    const connection = connections.get(host);
    return connection && askNames(connection, server, questions, timeoutMs);
  };
}

async function addressHere(name: string): Promise<string | undefined> {
  try {
    return (await lookup(name)).address;
  } catch {
    return undefined;
  }
}
