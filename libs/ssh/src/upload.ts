import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { StackError } from '@ai-stack/core';
import type { UploadFile } from './connection';

/**
 * Unpacks standard input into directory $1, compares the content of the files $3... with the hash $2 and brings all
 * of it to disk. Plain `sync` would wait for every file system of the host: only where `sync` takes no files.
 */
export const unpackScript = `set -eu
umask 077
mkdir -p -- "$1"
chmod 0700 -- "$1"
cd -- "$1"
wanted=$2
shift 2
tar -xpof -
seen=$(cat -- "$@" </dev/null | sha256sum)
if [ "\${seen%% *}" != "$wanted" ]; then
  echo "the files arrived damaged" >&2
  exit 65
fi
{ sync -- "$@" && find . -type d -exec sync -- {} + && sync -- ..; } 2>/dev/null || sync`;

/**
 * The tar stream of `files`, and the arguments behind the directory for `unpackScript`. The library is read when
 * something is uploaded.
 */
export async function packFiles(
  files: readonly UploadFile[],
): Promise<{ tar: Buffer; args: string[] }> {
  const { pack } = await import('tar-stream');
  const archive = pack();
  const hash = createHash('sha256');
  for (const file of files) {
    const content = Buffer.from(file.content, 'utf8');
    hash.update(content);
    archive.entry(
      { name: `./${checkedPath(file.path)}`, mode: file.mode, uid: 0, gid: 0 },
      content,
    );
  }
  archive.finalize();
  return {
    tar: await buffer(archive),
    args: [hash.digest('hex'), ...files.map((file) => `./${file.path}`)],
  };
}

function checkedPath(path: string): string {
  const parts = path.split('/');
  if (path.includes('\0') || parts.some((part) => ['', '.', '..'].includes(part))) {
    throw new StackError(`cannot upload to ${JSON.stringify(path)}: not a path inside a directory`);
  }
  return path;
}
