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

/** Copies of one collection in a directory of its name, each with its checksum next to it. */
export function snapshotRoutes(store: QdrantStore): Routes {
  const directoryOf = (name: string) => {
    store.find(name);
    return join(store.snapshots, name);
  };
  const pathOf = ([name = '', file = '']: readonly string[]) => {
    const directory = directoryOf(name);
    if (!listSnapshots(directory).includes(file))
      throw new Refusal(404, `Not found: Snapshot ${file} not found`);
    return join(directory, file);
  };
  return {
    'POST /collections/:name/snapshots': ({ params: [name = ''] }) => {
      const stamp = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-');
      const file = `${name}-${PEER}-${stamp}.snapshot`;
      const content = JSON.stringify(store.find(name));
      mkdirSync(directoryOf(name), { recursive: true });
      const path = join(directoryOf(name), file);
      writeFileSync(path, content);
      writeFileSync(`${path}.checksum`, createHash('sha256').update(content).digest('hex'));
      return describeSnapshot(directoryOf(name), file);
    },
    'GET /collections/:name/snapshots': ({ params: [name = ''] }) => {
      const directory = directoryOf(name);
      return listSnapshots(directory).map((file) => describeSnapshot(directory, file));
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

function listSnapshots(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith('.snapshot'))
    .sort();
}

function describeSnapshot(directory: string, file: string) {
  const { mtime, size } = statSync(join(directory, file));
  return {
    name: file,
    creation_time: mtime.toISOString().slice(0, 19),
    size,
    checksum: readFileSync(join(directory, `${file}.checksum`), 'utf8'),
  };
}
