import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { renderModel } from './library';
import type { StoredModel } from './library';

/** Where Ollama asks for models, and where it is sent for their blobs: it insists on another name. */
export const REGISTRY_HOST = 'registry.ollama.ai';
export const BLOBS_HOST = 'blobs.registry.ollama.ai';

/**
 * Speaks the protocol of Ollama's model registry, for models that it makes itself. Every name exists, but
 * those that start with `missing-`.
 */
export function modelRegistry(log: (line: string) => void): RequestListener {
  const models = new Map<string, StoredModel>();
  const find = (name: string) => {
    const model = models.get(name) ?? renderModel(name);
    models.set(name, model);
    return model;
  };
  return (request, response) => {
    const { method = '', url = '' } = request;
    response.on('finish', () => log(`${method} ${url} ${response.statusCode}`));
    const [, name = '', kind = '', reference = ''] =
      /^\/v2\/[\w.-]+\/([\w.-]+)\/(manifests|blobs)\/([\w.:-]+)$/.exec(url) ?? [];
    const [, digest = ''] = /^\/(sha256:[0-9a-f]{64})$/.exec(url) ?? [];
    if (method !== 'GET' && method !== 'HEAD') refuse(response, 405, 'UNSUPPORTED');
    else if (digest !== '') sendBlob(request, response, blobOf(models, digest));
    else if (kind === '' || name.startsWith('missing-')) refuse(response, 404, 'NAME_UNKNOWN');
    else if (kind === 'manifests') send(response, find(name).manifest, method);
    else if (!find(name).blobs.has(reference)) refuse(response, 404, 'BLOB_UNKNOWN');
    else response.writeHead(307, { location: `https://${BLOBS_HOST}/${reference}` }).end();
  };
}

function blobOf(models: ReadonlyMap<string, StoredModel>, digest: string): Buffer | undefined {
  for (const { blobs } of models.values()) {
    const blob = blobs.get(digest);
    if (blob !== undefined) return blob;
  }
  return undefined;
}

/** A whole blob, or the range of it that is asked for. */
function sendBlob(
  { headers, method = '' }: IncomingMessage,
  response: ServerResponse,
  blob: Buffer | undefined,
): void {
  if (blob === undefined) return refuse(response, 404, 'BLOB_UNKNOWN');
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
  if (range === null) return send(response, blob, method);
  const [from, to] = [Number(range[1]), Math.min(Number(range[2]), blob.length - 1)];
  const part = blob.subarray(from, to + 1);
  response.writeHead(206, {
    'content-length': part.length,
    'content-range': `bytes ${from}-${to}/${blob.length}`,
  });
  response.end(part);
}

function send(response: ServerResponse, content: Buffer, method: string): void {
  response.writeHead(200, { 'content-length': content.length });
  response.end(method === 'HEAD' ? undefined : content);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code }] }));
}
