import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../http-double';
import type { Routes } from '../http-double';
import type { QdrantStore } from './store';

/** Part of a snapshot's name; the real one draws its own. */
const PEER = '3766212330831337';

/** Copies of one collection in a folder of its name, each with its checksum beside it. */
export function snapshotRoutes(store: QdrantStore): Routes {
  const folderOf = (name: string) => {
    store.find(name);
    return join(store.snapshots, name);
  };
  const pathOf = ([name = '', file = '']: readonly string[]) => {
    const folder = folderOf(name);
    if (!listSnapshots(folder).includes(file))
      throw new Refusal(404, `Not found: Snapshot ${file} not found`);
    return join(folder, file);
  };
  return {
    'POST /collections/:name/snapshots': ({ params: [name = ''] }) => {
      const stamp = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-');
      const file = `${name}-${PEER}-${stamp}.snapshot`;
      const content = JSON.stringify(store.find(name));
      mkdirSync(folderOf(name), { recursive: true });
      const path = join(folderOf(name), file);
      writeFileSync(path, content);
      writeFileSync(`${path}.checksum`, createHash('sha256').update(content).digest('hex'));
      return describeSnapshot(folderOf(name), file);
    },
    'GET /collections/:name/snapshots': ({ params: [name = ''] }) => {
      const folder = folderOf(name);
      return listSnapshots(folder).map((file) => describeSnapshot(folder, file));
    },
    'GET /collections/:name/snapshots/:file': ({ params, response }) => {
      const content = readFileSync(pathOf(params));
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${params[1] ?? ''}"`,
      });
      response.end(content);
    },
    'DELETE /collections/:name/snapshots/:file': ({ params }) => {
      const path = pathOf(params);
      rmSync(path);
      rmSync(`${path}.checksum`, { force: true });
      return true;
    },
  };
}

function listSnapshots(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.snapshot'))
    .sort();
}

function describeSnapshot(folder: string, file: string) {
  const { mtime, size } = statSync(join(folder, file));
  return {
    name: file,
    creation_time: mtime.toISOString().slice(0, 19),
    size,
    checksum: readFileSync(join(folder, `${file}.checksum`), 'utf8'),
  };
}
