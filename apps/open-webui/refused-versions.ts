import type { RefusedVersions } from '@ai-stack/render';

/** Versions of Open WebUI that must not run. */
export const refusedVersions: readonly RefusedVersions[] = [
  {
    ...{ below: '0.9.5', of: 'open-webui' },
    reason:
      'its settings for documents are shown without a login (CVE-2026-45397), and before 0.9.0 a user can continue the chats of others (CVE-2026-45349)',
  },
];
