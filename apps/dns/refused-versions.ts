import type { RefusedVersions } from '@ai-stack/render';

/** Versions of CoreDNS that must not run. */
export const refusedVersions: readonly RefusedVersions[] = [
  {
    ...{ below: '1.14.2', of: 'coredns' },
    reason:
      'a question can end the program, because its check for loops is predictable (CVE-2026-26018)',
  },
];
