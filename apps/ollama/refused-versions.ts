import type { RefusedVersions } from '@ai-stack/render';

/** Versions of Ollama that must not run. */
export const refusedVersions: readonly RefusedVersions[] = [
  {
    ...{ below: '0.17.1', of: 'ollama' },
    reason:
      'whoever reaches its port, which has no key, reads the memory of the process, with the chats of others (CVE-2026-7482)',
  },
];
