import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './http-double';
import type { Json } from './http-double';
import { fullName, isValidName, registryLayers } from './ollama-store';
import type { Layer, OllamaStore } from './ollama-store';

const CHUNK = 512 * 1024;

export interface PullOptions {
  readonly name: string;
  readonly chunkMs: number;
  readonly send: (line: Json) => void;
  /** True once the client is gone; the pull then ends and its partial file stays. */
  readonly isCut: () => boolean;
}

/**
 * Pulls a model line by line as Ollama words it. Throws a `Refusal` when nothing was sent yet, else sends
 * a last line `{"error"}`: HTTP stays 200 and only the final `success` is proof.
 */
export async function pullModel(store: OllamaStore, options: PullOptions): Promise<void> {
  const { name, send } = options;
  if (!isValidName(name)) throw new Refusal(400, 'invalid model name');
  const model = (name.split('/').at(-1) ?? name).toLowerCase();
  if (model.startsWith('fail-'))
    throw new Refusal(500, 'dial tcp: lookup registry.ollama.ai: no such host');
  send({ status: 'pulling manifest' });
  if (model.startsWith('missing-')) {
    send({ error: 'pull model manifest: file does not exist' });
    return;
  }
  const layers = registryLayers(fullName(name));
  for (const { layer, content } of layers) {
    const done = await pullLayer(store, layer, content, options, model.startsWith('broken-'));
    if (!done) return;
  }
  send({ status: 'verifying sha256 digest' });
  send({ status: 'writing manifest' });
  store.writeManifest(
    name,
    layers.map(({ layer }) => layer),
  );
  send({ status: 'success' });
}

async function pullLayer(
  store: OllamaStore,
  layer: Layer,
  content: Buffer,
  { send, isCut, chunkMs }: PullOptions,
  breaks: boolean,
): Promise<boolean> {
  const status = `pulling ${layer.digest.slice(7, 19)}`;
  const report = (completed: number) =>
    send({ status, digest: layer.digest, total: layer.size, ...(completed > 0 && { completed }) });
  if (store.hasBlob(layer)) {
    report(layer.size);
    return true;
  }
  let completed = store.partialSize(layer);
  report(completed);
  while (completed < layer.size) {
    if (isCut()) return false;
    if (breaks && completed >= 2 * CHUNK) {
      send({ error: 'max retries exceeded: unexpected EOF' });
      return false;
    }
    appendFileSync(store.partialPath(layer), content.subarray(completed, completed + CHUNK));
    completed = Math.min(completed + CHUNK, layer.size);
    report(completed);
    if (completed < layer.size) await sleep(chunkMs);
  }
  return finishLayer(store, layer, send);
}

function finishLayer(store: OllamaStore, layer: Layer, send: (line: Json) => void): boolean {
  const got = createHash('sha256')
    .update(readFileSync(store.partialPath(layer)))
    .digest('hex');
  if (`sha256:${got}` === layer.digest) {
    renameSync(store.partialPath(layer), store.blobPath(layer));
    return true;
  }
  rmSync(store.partialPath(layer));
  send({ error: 'digest mismatch, file must be downloaded again' });
  return false;
}
