import type { Hooks } from '@ai-stack/core';
import { pullModels } from '../../../../apps/ollama/hooks/pull-models';
import { findHiddenRecords } from '../../../../apps/dns/hooks/hidden-records';
import { findUnresolvedNames } from '../../../../apps/dns/hooks/unresolved-names';
import { zoneReloaded } from '../../../../apps/dns/hooks/zone-reloaded';

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
