import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pullModel, type PullOptions } from './pull-models';

const layer = (completed: number): object => ({
  status: 'pulling abc',
  digest: 'sha256:abc',
  total: 100,
  completed,
});

let directory: string;
let server: Server;
let present: string[];
let pulls: ((response: ServerResponse) => void)[];
let bodies: string[];
let progress: { status: string; done: number; total: number }[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pull-'));
  [present, pulls, bodies, progress] = [[], [], [], []];
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(join(directory, 's'), resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/api/tags') {
    response.end(JSON.stringify({ models: present.map((name) => ({ name })) }));
    return;
  }
  let body = '';
  for await (const chunk of request) body += String(chunk);
  bodies.push(body);
  pulls.shift()?.(response);
}

function lines(...list: object[]): (response: ServerResponse) => void {
  return (response) => response.end(list.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function pull(model: string, options: Partial<PullOptions> = {}): Promise<'present' | 'pulled'> {
  const socket = { socketPath: join(directory, 's'), host: 'management' };
  const onProgress: PullOptions['onProgress'] = (one) => progress.push(one);
  return pullModel(socket, model, { onProgress, pauseMs: 1, ...options });
}

describe('pullModel', () => {
  it.each([
    ['small:1b', 'small:1b'],
    ['small', 'small:latest'],
    ['hf.co/a/b', 'hf.co/a/b:latest'],
  ])('leaves %s alone when %s is there', async (model, listed) => {
    present = [listed];
    expect(await pull(model)).toBe('present');
    expect(bodies).toEqual([]);
  });

  it('pulls to the final success and sums the layers', async () => {
    present = ['small:7b'];
    const other = { ...layer(50), digest: 'sha256:def' };
    pulls = [
      lines({ status: 'pulling manifest' }, layer(10), other, layer(100), { status: 'success' }),
    ];
    expect(await pull('small:1b')).toBe('pulled');
    expect(JSON.parse(bodies[0]!)).toEqual({ model: 'small:1b', stream: true });
    expect(progress.at(-2)).toEqual({ status: 'pulling abc', done: 150, total: 200 });
    expect(progress.at(-1)?.status).toBe('success');
  });

  it('takes a broken pull up again', async () => {
    const broken = (response: ServerResponse): void => {
      response.write(`${JSON.stringify(layer(30))}\n`, () => response.destroy());
    };
    pulls = [broken, lines(layer(100)), lines({ status: 'success' })];
    expect(await pull('small:1b')).toBe('pulled');
    expect(bodies).toHaveLength(3);
  });

  it('gives up after its attempts', async () => {
    pulls = [lines(layer(1)), lines(layer(2))];
    await expect(pull('small:1b', { attempts: 2 })).rejects.toThrow(
      /host management: Ollama cannot pull small:1b: the pull ended with "pulling abc", not with success/,
    );
  });

  it('counts silence as broken', async () => {
    pulls = [(response) => void response.write(`${JSON.stringify(layer(1))}\n`)];
    await expect(pull('small:1b', { attempts: 1, idleMs: 100 })).rejects.toThrow(
      /cannot pull small:1b/,
    );
  });

  it('believes an error line at once, though the status was 200', async () => {
    pulls = [lines(layer(1), { error: 'pull model manifest: file does not exist' })];
    await expect(pull('small:1b')).rejects.toThrow(
      /file does not exist\n {2}fix: correct the model's id/,
    );
    expect(bodies).toHaveLength(1);
  });

  it('says which host does not answer', async () => {
    const socket = { socketPath: join(directory, 'nobody'), host: 'management' };
    await expect(pullModel(socket, 'small:1b', { onProgress: () => undefined })).rejects.toThrow(
      /host management: Ollama cannot pull small:1b: .*ENOENT/,
    );
  });
});
