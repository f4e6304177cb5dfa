import { createInterface } from 'node:readline/promises';
import { badInput, type Release } from '@ai-stack/core';
import type { Call } from '../../context/call';
import type { Stack } from '../../context/stack';
import type { FlagsOf } from '../../options/flags';
import type { Terminal } from '../../terminal/terminal';

/** One name confirms the data of one service. */
export function refuseManyWithData({ services }: Call, { data }: FlagsOf<'destroy'>): void {
  if (data === true && services.length > 1)
    throw badInput('data is removed of one service at a time', { fix: 'name one service' });
}

/** A name that confirms nothing was meant to: without --data the data stays. */
export function refuseIdleConfirm(flags: FlagsOf<'destroy'>): void {
  if (flags.confirm === undefined || flags.data === true) return;
  throw badInput('--confirm is for --data, which is not given', {
    fix: 'leave it out, or give --data, too',
  });
}

/** A line for each service that others need, which go on without it, and not well. Pure. */
export function neededBy(
  { order, environment }: Pick<Stack, 'order' | 'environment'>,
  services: readonly string[],
): string[] {
  const isPlaced = (name: string) => environment.hosts.some((host) => host.services.includes(name));
  return services.flatMap((service) => {
    const users = order
      .filter(
        ({ name, needs }) =>
          !services.includes(name) && needs.some((one) => one.service === service),
      )
      .map(({ name }) => name)
      .filter(isPlaced);
    return users.length === 0 ? [] : [`${service} is needed by ${users.join(', ')}`];
  });
}

/** The name that confirms that data goes, from --confirm or from the person there; undefined: none is wanted or given. */
export async function confirmData(
  terminal: Pick<Terminal, 'interactive'>,
  releases: readonly Release[],
  { data = false, dryRun = false, confirm }: FlagsOf<'destroy'>,
): Promise<string | undefined> {
  if (!data || dryRun) return undefined;
  if (confirm !== undefined || !terminal.interactive) return confirm;
  const service = releases[0]?.service ?? '';
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`All data of ${service} goes. Type its name to confirm: `)).trim();
  } finally {
    lines.close();
  }
}
