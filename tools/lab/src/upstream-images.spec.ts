import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { imagesByHost, readRenderedCompose } from './upstream-images';

describe('imagesByHost', () => {
  it('groups by host, sorts, and names an image once', () => {
    const files = [
      {
        path: 'vllm/trusted/opt/x/compose.yaml',
        text: 'services: {b: {image: "v:2"}, a: {image: "a:1"}}',
      },
      { path: 'ollama/trusted/opt/y/compose.yaml', text: 'services: {c: {image: "a:1"}}' },
      { path: 'dns/management/opt/z/compose.yaml', text: 'services: {d: {build: .}}' },
    ];
    expect([...imagesByHost(files)]).toEqual([
      ['management', []],
      ['trusted', ['a:1', 'v:2']],
    ]);
  });
});

it('says how to render when nothing is rendered', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'lab-'));
  await expect(readRenderedCompose(empty)).rejects.toThrow(/npx nx run-many -t render/);
  await rm(empty, { recursive: true });
});
