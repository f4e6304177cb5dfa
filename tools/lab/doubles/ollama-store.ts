import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
export interface StoredModel {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
  readonly modifiedAt: Date;
  readonly layers: readonly Layer[];
}

const REGISTRY = 'registry.ollama.ai';
const WEIGHTS = 'application/vnd.ollama.image.model';
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

/** `qwen` to `qwen:latest`, as Ollama compares names. */
export const fullName = (name: string): string => (/:[^/]*$/.test(name) ? name : `${name}:latest`);
export const isValidName = (name: string): boolean =>
  /^([\w.-]+\/)?[\w][\w.-]*(:[\w][\w.-]*)?$/.test(name);

/** What the registry would send for a model: the same bytes for the same name, 8 MiB of weights. */
export function registryLayers(name: string): { layer: Layer; content: Buffer }[] {
  const seed = createHash('sha256').update(name).digest();
  const parts: [string, Buffer][] = [
    [WEIGHTS, Buffer.alloc(8 * 1024 * 1024, seed)],
    ['application/vnd.ollama.image.template', Buffer.from(`{{ .Prompt }} ${name}`)],
    ['application/vnd.ollama.image.params', Buffer.from(JSON.stringify({ stop: ['<|im_end|>'] }))],
  ];
  return parts.map(([mediaType, content]) => ({
    layer: { mediaType, digest: `sha256:${sha256(content)}`, size: content.length },
    content,
  }));
}

/** The models folder in Ollama's own layout: `blobs/sha256-..` and `manifests/<registry>/<name>/<tag>`. */
export class OllamaStore {
  constructor(readonly folder: string) {
    mkdirSync(join(folder, 'blobs'), { recursive: true });
  }

  blobPath(layer: Layer): string {
    return join(this.folder, 'blobs', layer.digest.replace(':', '-'));
  }
  partialPath(layer: Layer): string {
    return `${this.blobPath(layer)}-partial-0`;
  }
  hasBlob(layer: Layer): boolean {
    return existsSync(this.blobPath(layer)) && statSync(this.blobPath(layer)).size === layer.size;
  }
  partialSize(layer: Layer): number {
    return existsSync(this.partialPath(layer)) ? statSync(this.partialPath(layer)).size : 0;
  }

  private manifestPath(name: string): string {
    const [path = '', tag = 'latest'] = fullName(name).split(':');
    const owned = path.includes('/') ? path : `library/${path}`;
    return join(this.folder, 'manifests', REGISTRY, owned, tag);
  }
  writeManifest(name: string, layers: readonly Layer[]): void {
    const path = this.manifestPath(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ schemaVersion: 2, layers }));
  }

  find(name: string): StoredModel | undefined {
    const path = this.manifestPath(name);
    if (!existsSync(path)) return undefined;
    const text = readFileSync(path, 'utf8');
    const { layers } = JSON.parse(text) as { layers: Layer[] };
    return {
      name: fullName(name),
      digest: sha256(text),
      size: layers.reduce((sum, layer) => sum + layer.size, 0),
      modifiedAt: statSync(path).mtime,
      layers,
    };
  }

  list(): StoredModel[] {
    const root = join(this.folder, 'manifests', REGISTRY);
    if (!existsSync(root)) return [];
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath.slice(root.length + 1)}:${entry.name}`)
      .map((name) => this.find(name.replace(/^library\//, '')))
      .filter((model) => model !== undefined)
      .sort((a, b) => b.modifiedAt.getTime() - a.modifiedAt.getTime());
  }

  /** Deletes a model and the blobs that no other model has. */
  remove(model: StoredModel): void {
    rmSync(this.manifestPath(model.name));
    const kept = new Set(this.list().flatMap((other) => other.layers.map((layer) => layer.digest)));
    for (const layer of model.layers)
      if (!kept.has(layer.digest)) rmSync(this.blobPath(layer), { force: true });
  }
}
