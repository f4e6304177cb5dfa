import type { Model } from '@ai-stack/core';

/** The name by which a model's engine knows it: `servedName`, or the last part of its id. */
export function servedNameOf({ servedName, id }: Model): string {
  return servedName ?? id.slice(id.lastIndexOf('/') + 1);
}
