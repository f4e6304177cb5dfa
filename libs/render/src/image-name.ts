import type { Mirrors } from '@ai-stack/core';

const dockerHub = 'docker.io';

/**
 * The image at a registry mirror: the mirror, with its path, replaces the registry's host, and Docker Hub's short names
 * are spelt out (`traefik/whoami` -> `mirror/traefik/whoami`, `debian` -> `mirror/library/debian`). An image of a registry
 * without a mirror stays as it is.
 */
export function mirroredImage(image: string, mirrors: Mirrors | undefined): string {
  if (mirrors === undefined) return image;
  const [first = '', ...rest] = image.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const mirror = typeof mirrors === 'string' ? mirrors : mirrors[hasRegistry ? first : dockerHub];
  if (mirror === undefined) return image;
  const path = hasRegistry ? rest.join('/') : image;
  const isOfHub = !hasRegistry || first === dockerHub;
  return isOfHub && !path.includes('/') ? `${mirror}/library/${path}` : `${mirror}/${path}`;
}
