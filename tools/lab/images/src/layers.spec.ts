import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Header } from 'tar-stream';
import { extract } from 'tar-stream';
import { bindCapability, readLayer, withParents, writeLayer } from './layers';
import { digestOf } from './oci';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'layers-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function headersOf(file: string) {
  const headers: Header[] = [];
  const archive = createReadStream(file).pipe(extract());
  for await (const entry of archive) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

describe('withParents', () => {
  it('puts each directory before what is in it, once, and leaves those of the base alone', () => {
    const content = Buffer.from('x');
    const entries = withParents([
      { path: '/app/backend/start.sh', content, mode: '755' },
      { path: '/app/backend/data', directory: true },
      { path: '/usr/local/bin/vllm', link: '/opt/double/server.mjs' },
    ]);
    expect(entries.map(({ path }) => path)).toEqual([
      '/app',
      '/app/backend',
      '/app/backend/data',
      '/app/backend/start.sh',
      '/usr/local/bin',
      '/usr/local/bin/vllm',
    ]);
  });
});

describe('writeLayer', () => {
  it('keeps modes, links and the file capability, and names its own digest', async () => {
    const layer = await writeLayer(directory, [
      { path: '/coredns', content: Buffer.from('abc'), mode: '755', capabilities: bindCapability },
      { path: '/data', directory: true },
      { path: '/link', link: '/coredns' },
    ]);
    expect(layer.digest).toBe(digestOf(readFileSync(layer.file)));
    const [program, data, link] = await headersOf(layer.file);
    expect(program).toMatchObject({ name: 'coredns', mode: 0o755, size: 3, uid: 0 });
    const pax = program?.pax as Record<string, string> | null | undefined;
    const value = pax?.['SCHILY.xattr.security.capability'] ?? '';
    expect(Buffer.from(value).toString('hex')).toBe('0100000200040000000000000000000000000000');
    expect(data).toMatchObject({ type: 'directory', mode: 0o755 });
    expect(link).toMatchObject({ type: 'symlink', linkname: '/coredns' });
  });

  it('writes the same bytes for the same files', async () => {
    const entries = [{ path: '/a', content: Buffer.from('a'), mode: '644' }];
    const { digest } = await writeLayer(directory, entries);
    expect((await writeLayer(directory, entries)).digest).toBe(digest);
  });
});

describe('readLayer', () => {
  it('reads digest and size, and is undefined for a part that failed', async () => {
    writeFileSync(join(directory, 'node.tar'), 'four');
    writeFileSync(join(directory, 'node.tar.digest'), 'sha256:abc\n');
    expect(await readLayer(directory, 'node')).toMatchObject({ digest: 'sha256:abc', size: 4 });
    expect(await readLayer(directory, 'litellm')).toBeUndefined();
  });
});
