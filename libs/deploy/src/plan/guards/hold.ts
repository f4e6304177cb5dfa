import { nxRun } from '@ai-stack/core';
import type { Guard } from './guard';

/** An operator asked that nothing be changed on this host. A plan that this alone blocks ends with a lock's exit code. */
export const held: Guard = {
  name: 'hold',
  isOverridable: true,
  check: ({ environment }, { hold, host }) => {
    if (hold === undefined) return [];
    const { who, when, why } = hold;
    return [
      {
        reason: `${who} holds ${host} since ${when}: ${why}`,
        fix: `ask them, or ${nxRun(environment, 'stack:unhold')}`,
      },
    ];
  },
};
