import type { RefusedVersions } from '@ai-stack/render';

/** Versions of LiteLLM that must not run, whatever image has them. */
export const refusedVersions: readonly RefusedVersions[] = [
  {
    versions: ['1.82.7', '1.82.8'],
    reason:
      'its Python package of 24 March 2026 stole credentials of the machine that ran it; use 1.83.7 or newer, and change every key that it could read',
  },
];
