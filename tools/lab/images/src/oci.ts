import { createHash } from 'node:crypto';

/** One content-addressed file of an image; `digest` is `sha256:<hex>`, `size` is in bytes. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
}

/** What Docker reads from an image's configuration, in the names of the OCI image specification. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly Labels?: Readonly<Record<string, string>>;
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
// Layers are stored as plain tar: packing and unpacking costs more than it saves on one machine, and
// the digest of the file is then also the diff id.
const layerType = 'application/vnd.oci.image.layer.v1.tar';

/** `sha256:<hex>` of some bytes. */
export const digestOf = (bytes: Buffer | string) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Docker's name of the architecture that Node runs on. */
export const architectureOf = (arch: string) => (arch === 'x64' ? 'amd64' : arch);

/** The configuration blob; no clock, so the same input gives the same digest. */
export function renderConfig(config: ImageConfig, layers: readonly Blob[], arch: string): string {
  const created = '2026-01-01T00:00:00Z';
  return JSON.stringify({
    created,
    architecture: architectureOf(arch),
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(() => ({ created, created_by: 'ai-stack lab' })),
  });
}

/** The manifest that a tag names. */
export function renderManifest(config: string, layers: readonly Blob[]): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: configType,
      digest: digestOf(config),
      size: Buffer.byteLength(config),
    },
    layers: layers.map(({ digest, size }) => ({ mediaType: layerType, digest, size })),
  });
}
