import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '@ai-stack/testing/ask';
import type { Question, Reply } from '@ai-stack/testing/ask';

/** A double on a free loopback port, as the contract tests use it. */
export interface Listening {
  readonly url: string;
  readonly ask: (path: string, question?: Question) => Promise<Reply>;
  /** Sends a JSON body (default POST) and parses the JSON answer. */
  readonly json: (
    path: string,
    body?: unknown,
    question?: Question,
  ) => Promise<{ status: number; body: Record<string, unknown> }>;
  readonly close: () => Promise<void>;
}

export async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const put = (path: string, question: Question = {}) => ask(url + path, question);
  return {
    url,
    ask: put,
    json: async (path, body, question = {}) => {
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const { status, text } = await put(path, { ...sent, ...question });
      return { status, body: JSON.parse(text) as Record<string, unknown> };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A folder of its own for one test, and how to remove it. */
export function scratchFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'double-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
