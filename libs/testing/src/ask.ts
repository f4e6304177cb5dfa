import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM of the authorities to trust instead of Node's own list. */
  readonly ca?: string | undefined;
  readonly timeoutMs?: number;
}
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request that never follows a redirect (default 5 s); rejects when no answer came. */
export function ask(url: string, question: Question = {}): Promise<Reply> {
  const { method = 'GET', body, ca, timeoutMs = 5000 } = question;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const headers = { ...question.headers, ...length };
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const options = {
    method,
    headers,
    signal: AbortSignal.timeout(timeoutMs),
    ...(ca !== undefined && { ca }),
  };
  return new Promise((resolve, reject) => {
    send(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    })
      .on('error', reject)
      .end(body);
  });
}

/** The JSON of a 2xx answer; throws on any other status. */
export async function askJson(url: string, question: Question = {}): Promise<unknown> {
  const { status, text } = await ask(url, question);
  if (status < 200 || status > 299) throw new Error(`${url} answered ${status}`);
  return JSON.parse(text) as unknown;
}
