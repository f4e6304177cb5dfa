import type { Model } from '@ai-stack/core';

/** The name by which vLLM's own clients ask for a model. */
export function servedNameOf({ servedName, id }: Model): string {
  return servedName ?? id.slice(id.lastIndexOf('/') + 1);
}
