import type { Hooks } from '@ai-stack/core';
import { pullModels } from '@ai-stack/deploy';
import { findHiddenRecords } from '../preflight/hidden-records';
import { findUnresolvedNames } from '../preflight/unresolved-names';
import { zoneReloaded } from '../preflight/zone-reloaded';

/** What services add to commands, by service. */
export const hooks: Readonly<Record<string, Hooks>> = {
  dns: {
    preflight: async (context) => {
      const checks = [findHiddenRecords(context), findUnresolvedNames(context)];
      return (await Promise.all(checks)).flat();
    },
    reloaded: zoneReloaded,
  },
  ollama: { afterStart: pullModels },
};
