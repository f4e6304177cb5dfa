import { createHash } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import { renderSentenceRepository } from './sentence-repository';

/** Where Hugging Face's own client asks. */
export const HUB_HOST = 'huggingface.co';
/** What the lab's vLLM answers to every question. */
export const VLLM_SENTENCE =
  'This answer was computed by vLLM, with a tiny model that the lab made.';

interface Repository {
  readonly files: ReadonlyMap<string, Buffer>;
  /** 40 hex digits, as a commit's. */
  readonly commit: string;
}

/**
 * Speaks as much of the protocol of Hugging Face's hub as its client needs to read a repository. Every name
 * exists, but those that start with `missing-`; every branch is the one commit, another commit does not exist.
 */
export function modelHub(log: (line: string) => void): RequestListener {
  const repository = describe(renderSentenceRepository(VLLM_SENTENCE, 32768));
  return (request, response) => {
    const { method = '', url = '' } = request;
    response.on('finish', () => log(`${method} ${url} ${response.statusCode}`));
    const asked = parseUrl(url);
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'MethodNotAllowed');
    if (asked === undefined || asked.name.startsWith('missing-'))
      return refuse(response, 404, 'RepoNotFound');
    const { id, revision, file } = asked;
    if (/^[0-9a-f]{40}$/.test(revision) && revision !== repository.commit)
      return refuse(response, 404, 'RevisionNotFound');
    if (file !== undefined) return sendFile(response, method, repository, file);
    if (asked.directory !== undefined) return refuse(response, 404, 'EntryNotFound');
    return sendJson(response, method, answerTo(asked, id, repository));
  };
}

interface Asked {
  readonly id: string;
  readonly name: string;
  readonly revision: string;
  readonly isTree: boolean;
  /** Of a listing; the repository has none. */
  readonly directory?: string;
  readonly file?: string;
}

function parseUrl(url: string): Asked | undefined {
  const path = decodeURIComponent(url.replace(/\?.*$/, ''));
  const api =
    /^\/api\/models\/([\w.-]+)\/([\w.-]+)(?:\/(revision|tree)\/([\w.-]+)(?:\/(.+))?)?$/.exec(
      path,
    ) ?? [];
  const file = /^\/([\w.-]+)\/([\w.-]+)\/resolve\/([\w.-]+)\/([\w./-]+)$/.exec(path) ?? [];
  const [, owner = file[1], name = file[2], kind, revision = file[3] ?? 'main', directory] = api;
  if (owner === undefined || name === undefined) return undefined;
  return {
    ...{ id: `${owner}/${name}`, name, revision, isTree: kind === 'tree' },
    ...(directory !== undefined && { directory }),
    ...(file[4] !== undefined && { file: file[4] }),
  };
}

function describe(files: ReadonlyMap<string, Buffer>): Repository {
  const commit = createHash('sha1');
  for (const [name, content] of files) commit.update(name).update(content);
  return { files, commit: commit.digest('hex') };
}

function answerTo({ isTree }: Asked, id: string, { files, commit }: Repository): object {
  if (isTree) {
    return [...files].map(([path, content]) => ({
      type: 'file',
      path,
      size: content.length,
      oid: etagOf(content),
    }));
  }
  const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
  return {
    ...{ _id: commit.slice(0, 24), id, modelId: id, sha: commit, siblings },
    ...{ private: false, gated: false, disabled: false, tags: [], downloads: 0, likes: 0 },
    library_name: 'transformers',
  };
}

/** How git names a content, which is the hub's ETag of a small file. */
const etagOf = (content: Buffer) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

function sendFile(
  response: ServerResponse,
  method: string,
  { files, commit }: Repository,
  file: string,
): void {
  const content = files.get(file);
  response.setHeader('x-repo-commit', commit);
  if (content === undefined) return refuse(response, 404, 'EntryNotFound');
  response.writeHead(200, {
    etag: `"${etagOf(content)}"`,
    'content-length': content.length,
    'content-type': 'application/octet-stream',
  });
  response.end(method === 'HEAD' ? undefined : content);
}

function sendJson(response: ServerResponse, method: string, value: object): void {
  const text = JSON.stringify(value);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(method === 'HEAD' ? undefined : text);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const text = JSON.stringify({ error: code });
  response.writeHead(status, { 'content-type': 'application/json', 'x-error-code': code });
  response.end(text);
}
