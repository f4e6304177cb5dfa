import { nxRun } from '@ai-stack/core';
import type { Guard } from './guard';

/** Its name; a plan that it alone blocks ends with the exit code of a lock. */
export const holdGuard = 'hold';

/** Somebody asked that nothing be changed on this host. */
export const held: Guard = ({ environment }, { hold, host }) => {
  if (hold === undefined) return [];
  const { who, when, why } = hold;
  return [
    {
      guard: holdGuard,
      reason: `${who} holds ${host} since ${when}: ${why}`,
      fix: `ask them, or ${nxRun(environment, 'stack:unhold')}`,
    },
  ];
};
