/**
 * The image behind a registry mirror: the mirror replaces the registry's host, and Docker Hub's short names are spelt
 * out (`traefik/whoami` -> `mirror/traefik/whoami`, `debian` -> `mirror/library/debian`).
 */
export function mirroredImage(image: string, mirror: string | undefined): string {
  if (mirror === undefined) return image;
  const [first = '', ...rest] = image.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (hasRegistry) return [mirror, ...rest].join('/');
  return rest.length === 0 ? `${mirror}/library/${image}` : `${mirror}/${image}`;
}
