import { createWriteStream } from 'node:fs';
import { readFile, realpath, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { digestOf } from './oci';
import type { Layer } from './registry-storage';

/** One entry of a small layer; `mode` is octal text, `capabilities` an extended attribute's value. */
export type Entry =
  | { readonly path: string; readonly directory: true }
  | { readonly path: string; readonly link: string }
  | {
      readonly path: string;
      readonly content: Buffer;
      readonly mode: string;
      readonly capabilities?: string;
    };

/** `cap_net_bind_service=+ep` as the kernel keeps it: version 2, effective, bit 10. */
export const bindCapability = Buffer.concat([
  Buffer.from([1, 0, 0, 2, 0, 4, 0, 0]),
  Buffer.alloc(12),
]).toString('latin1');

/** The layer that a part of the build left in the stage; undefined when that part failed. */
export async function readLayer(stage: string, name: string): Promise<Layer | undefined> {
  const file = await realpath(join(stage, `${name}.tar`)).catch(() => undefined);
  if (file === undefined) return undefined;
  const digest = (await readFile(`${file}.digest`, 'utf8')).trim();
  return { file, digest, size: (await stat(file)).size };
}

/** Packs a small layer into `directory`, named after its digest. */
export async function writeLayer(directory: string, entries: readonly Entry[]): Promise<Layer> {
  const archive = pack();
  for (const entry of withParents(entries)) {
    archive.entry(headerOf(entry), 'content' in entry ? entry.content : Buffer.alloc(0));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const digest = digestOf(bytes);
  const file = join(directory, `small-${digest.slice(7, 23)}.tar`);
  await pipeline([bytes], createWriteStream(`${file}.new`));
  await rename(`${file}.new`, file);
  return { file, digest, size: bytes.length };
}

function headerOf(entry: Entry) {
  const name = entry.path.replace(/^\/+/, '');
  const fixed = { name, mtime: new Date(0), uid: 0, gid: 0 };
  if ('directory' in entry) return { ...fixed, type: 'directory' as const, mode: 0o755 };
  if ('link' in entry) {
    return { ...fixed, type: 'symlink' as const, linkname: entry.link, mode: 0o777 };
  }
  const { capabilities } = entry;
  const pax =
    capabilities === undefined ? null : { 'SCHILY.xattr.security.capability': capabilities };
  return { ...fixed, type: 'file' as const, mode: parseInt(entry.mode, 8), pax };
}

/** Every entry once, sorted, with the directories it needs before it. */
export function withParents(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    const parts = entry.path.split('/').filter((part) => part !== '');
    for (let depth = 1; depth < parts.length; depth++) {
      const path = `/${parts.slice(0, depth).join('/')}`;
      if (!keptOfBase.has(path)) byPath.set(path, byPath.get(path) ?? { path, directory: true });
    }
    byPath.set(`/${parts.join('/')}`, entry);
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

// The base has them, and some are links or have a mode of their own.
const keptOfBase = new Set(['/bin', '/etc', '/root', '/tmp', '/usr', '/usr/bin', '/usr/local']);
