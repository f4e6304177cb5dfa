import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listen } from '../doubles/listen';
import type { Listening } from '../doubles/listen';
import { modelHub } from './hub';

let hub: Listening;
let lines: string[];
beforeEach(async () => {
  lines = [];
  hub = await listen(createServer(modelHub((line) => lines.push(line))));
});
afterEach(() => hub.close());

const MODEL = 'Qwen/Qwen2.5-7B-Instruct';
const json = async (path: string) => (await fetch(hub.url + path)).json() as Promise<never>;
const commitOf = async () => (await json(`/api/models/${MODEL}`))['sha'] as string;

describe('the hub', () => {
  it('tells the commit and the files, of a branch as of the commit itself', async () => {
    const commit = await commitOf();
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    for (const revision of ['main', commit]) {
      const described = await json(`/api/models/${MODEL}/revision/${revision}`);
      expect(described).toMatchObject({ id: MODEL, sha: commit });
      const names = (described['siblings'] as { rfilename: string }[]).map(
        ({ rfilename }) => rfilename,
      );
      const tree = (await json(`/api/models/${MODEL}/tree/${revision}?recursive=true`)) as {
        path: string;
        type: string;
      }[];
      expect(tree.map(({ path }) => path)).toEqual(names);
      expect(names).toContain('model.safetensors');
    }
  });

  it.each(['HEAD', 'GET'])('answers %s of a file with size, commit and ETag', async (method) => {
    const url = `${hub.url}/${MODEL}/resolve/main/tokenizer.json`;
    const reply = await fetch(url, { method });
    const bytes = Buffer.from(await reply.arrayBuffer());
    const size = Number(reply.headers.get('content-length'));
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-repo-commit')).toBe(await commitOf());
    expect(reply.headers.get('etag')).toMatch(/^"[0-9a-f]{40}"$/);
    expect(bytes.length).toBe(method === 'HEAD' ? 0 : size);
    expect(lines[0]).toBe(`${method} /${MODEL}/resolve/main/tokenizer.json 200`);
  });

  it.each([
    [`/${MODEL}/resolve/main/pytorch_model.bin`, 'EntryNotFound'],
    [`/api/models/${MODEL}/tree/main/additional_chat_templates`, 'EntryNotFound'],
    [`/api/models/${MODEL}/revision/${'a'.repeat(40)}`, 'RevisionNotFound'],
    [`/${MODEL}/resolve/${'a'.repeat(40)}/config.json`, 'RevisionNotFound'],
    ['/api/models/Qwen/missing-model', 'RepoNotFound'],
    ['/Qwen/missing-model/resolve/main/config.json', 'RepoNotFound'],
    ['/v2/library/x/manifests/y', 'RepoNotFound'],
  ])('says of %s: %s', async (path, code) => {
    const reply = await fetch(hub.url + path);
    expect([reply.status, reply.headers.get('x-error-code')]).toEqual([404, code]);
  });

  it('takes no other method', async () => {
    expect((await fetch(`${hub.url}/api/models/${MODEL}`, { method: 'PUT' })).status).toBe(405);
  });
});
