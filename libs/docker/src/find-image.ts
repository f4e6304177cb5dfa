import type { ImageFact } from './facts';

/** The image that a reference means on this host. With a digest, the tag is only documentation. */
export function findImage(images: readonly ImageFact[], reference: string): ImageFact | undefined {
  const [tagged = '', digest] = reference.split('@');
  if (digest === undefined) {
    return images.find((image) => image.tags.some((tag) => plainName(tag) === plainName(tagged)));
  }
  const wanted = `${plainName(tagged.replace(/:[^:/]+$/, ''))}@${digest}`;
  return images.find((image) => image.digests.some((candidate) => plainName(candidate) === wanted));
}

/** Docker leaves its own registry out of the names that it reports. */
function plainName(name: string): string {
  return name.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
}
