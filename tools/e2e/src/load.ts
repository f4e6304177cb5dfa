import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerOf, isLong, onHost } from './lab';

/** What became of the requests of one load. */
export interface LoadResult {
  requests: number;
  /** Why each that did not end with 200 failed, and when, in seconds after the begin. */
  failures: string[];
  /** Streamed answers that ended with `[DONE]`. */
  streams: number;
  /** The longest that one stream went without a word, in milliseconds. */
  longestPauseMs: number;
  /** Seconds that the longest stream took. */
  longestStreamSeconds: number;
}

const messages = [{ role: 'user', content: 'Say what you are.' }];
/** The limit of the public route is 20 a second for one source. In a short run other labs run at the same time. */
const everyMs = isLong ? 70 : 200;
/** The lab's vLLM writes up to 50 tokens a second with 0.4 of a processor: a stream outlasts the drain of 15 s. */
const streamTokens = 1_000;

/**
 * Gives vLLM so many of each 100,000 microseconds of a processor; -1: as many as it wants. At full speed its stream alone
 * keeps two processors busy, and what is measured is that nothing else gets one.
 */
export async function limitEngine(quota: string): Promise<void> {
  const period = ['--cpu-period', '100000', '--cpu-quota', quota];
  await onHost(
    'management',
    'docker',
    'update',
    ...period,
    await containerOf('management', 'vllm'),
  );
}

/** Asks the lab's gateway through Traefik, steadily and whatever becomes of it, until it is stopped. */
export class Load {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #net = readFileSync('.lab/net', 'utf8').trim();
  readonly #ca = readFileSync('.lab/tls/ca.pem', 'utf8');
  readonly #key: string;
  readonly #begun = Date.now();
  readonly #open = new Set<Promise<void>>();
  readonly #result: LoadResult = {
    requests: 0,
    failures: [],
    streams: 0,
    longestPauseMs: 0,
    longestStreamSeconds: 0,
  };
  #isStopped = false;
  #isStreaming = false;
  readonly #loops: Promise<void>[];

  constructor(key: string) {
    this.#key = key;
    this.#loops = [this.#askSteadily(), this.#stream()];
  }

  static async start(): Promise<Load> {
    const env = await onHost('trusted', 'cat', '/opt/stacks/ai/litellm/.env');
    return new Load(/^LITELLM_MASTER_KEY='?([^'\n]+)/m.exec(env)?.[1] ?? '');
  }

  /** Waits until a streamed answer is under way. */
  async streaming(): Promise<void> {
    const end = Date.now() + 120_000;
    while (!this.#isStreaming) {
      if (Date.now() > end)
        throw new Error(`no stream began: ${this.#result.failures.slice(0, 3).join('; ')}`);
      await sleep(100);
    }
  }

  /** Sends nothing more, waits for what is open. */
  async stop(): Promise<LoadResult> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
    await Promise.all(this.#open);
    this.#agent.destroy();
    return this.#result;
  }

  async #askSteadily(): Promise<void> {
    for (let count = 0; !this.#isStopped; count += 1) {
      const asked = this.#ask(this.#next(count));
      this.#open.add(asked);
      void asked.finally(() => this.#open.delete(asked));
      await sleep(everyMs);
    }
  }

  /** Mostly light ones; each tenth an embedding, each fiftieth an answer. */
  #next(count: number): { path: string; body?: object } {
    if (count % 50 === 0)
      return {
        path: '/v1/chat/completions',
        body: { model: 'qwen2.5-coder', messages, max_tokens: 4 },
      };
    if (count % 10 === 0)
      return { path: '/v1/embeddings', body: { model: 'nomic-embed-text', input: 'a text' } };
    return { path: '/v1/models' };
  }

  async #ask(wanted: { path: string; body?: object }): Promise<void> {
    this.#result.requests += 1;
    const text = await this.#send(wanted, () => undefined);
    if (text !== undefined && text === '') this.#fail(`${wanted.path}: an empty answer`);
  }

  /** One streamed answer after the other. */
  async #stream(): Promise<void> {
    while (!this.#isStopped) {
      const begun = Date.now();
      let last = begun;
      const body = {
        ...{ model: 'qwen2.5-7b-instruct', stream: true, messages },
        ...{ max_tokens: streamTokens, ignore_eos: true },
      };
      const text = await this.#send({ path: '/v1/chat/completions', body }, () => {
        this.#isStreaming = true;
        this.#result.longestPauseMs = Math.max(this.#result.longestPauseMs, Date.now() - last);
        last = Date.now();
      });
      if (text === undefined) continue;
      if (text.trimEnd().endsWith('data: [DONE]')) this.#result.streams += 1;
      else this.#fail(`a streamed answer was cut: ...${text.slice(-200)}`);
      const seconds = (Date.now() - begun) / 1000;
      this.#result.longestStreamSeconds = Math.max(this.#result.longestStreamSeconds, seconds);
    }
  }

  /** Undefined after a failure, which is noted. */
  #send(
    { path, body }: { path: string; body?: object },
    onData: () => void,
  ): Promise<string | undefined> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve) => {
      const fail = (why: string): void => {
        this.#fail(`${path}: ${why}`);
        resolve(undefined);
      };
      const sent = request(
        {
          ...{ host: `${this.#net}.11`, servername: 'openai.lab.test', path, ca: this.#ca },
          ...{ agent: this.#agent, timeout: 120_000, method: payload ? 'POST' : 'GET' },
          headers: {
            ...{ host: 'openai.lab.test', authorization: `Bearer ${this.#key}` },
            ...(payload && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
          },
        },
        (reply) => {
          let text = '';
          reply.on('data', (chunk: Buffer) => {
            text += chunk.toString();
            onData();
          });
          reply.on('error', (error) => fail(error.message));
          reply.on('end', () =>
            reply.statusCode === 200
              ? resolve(text)
              : fail(`${reply.statusCode} ${text.slice(0, 200)}`),
          );
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('no answer in 120 s')));
      sent.on('error', (error) => fail(error.message));
      sent.end(payload);
    });
  }

  #fail(why: string): void {
    this.#result.failures.push(`${((Date.now() - this.#begun) / 1000).toFixed(1)} s: ${why}`);
  }
}

/** What became of requests by the name that containers have for the gateway. */
export interface AliasResult {
  requests: number;
  slowestMs: number;
  /** How often what went wrong. */
  failures: Record<string, number>;
}

/** More of them would be a load of their own: each opens a connection. */
const aliasEveryMs = 350;
const asker = `
const { get } = require('node:http');
const result = { requests: 0, slowestMs: 0, failures: {} };
let open = 0;
const fail = (why) => { result.failures[why] = (result.failures[why] ?? 0) + 1; };
const ask = () => {
  result.requests += 1;
  open += 1;
  const begun = Date.now();
  const options = { host: 'litellm', port: 4000, path: '/health/liveliness', agent: false, timeout: 60000 };
  const sent = get(options, (reply) => {
    if (reply.statusCode !== 200) fail(reply.statusCode);
    reply.resume();
  });
  sent.on('timeout', () => sent.destroy(new Error('no answer in 60 s')));
  sent.on('error', (error) => fail(error.code ?? error.message));
  sent.on('close', () => {
    open -= 1;
    result.slowestMs = Math.max(result.slowestMs, Date.now() - begun);
  });
};
const timer = setInterval(ask, ${aliasEveryMs});
process.on('SIGTERM', () => {
  clearInterval(timer);
  setInterval(() => {
    if (open > 0) return;
    console.log(JSON.stringify(result));
    process.exit(0);
  }, 100);
});`;

/** Asks the gateway from a container next to it, with a new connection each time: past Traefik, as Open WebUI does. */
export class AliasLoad {
  readonly #name = 'alias-load';

  async start(): Promise<void> {
    await this.remove();
    const image = 'ai-stack-lab/idp-double:1';
    const options = ['--name', this.#name, '--network', 'ai-stack', '--entrypoint', 'node'];
    await onHost('trusted', 'docker', 'run', '-d', ...options, image, '-e', asker);
  }

  async stop(): Promise<AliasResult> {
    await onHost('trusted', 'docker', 'stop', '-t', '90', this.#name);
    return JSON.parse(await onHost('trusted', 'docker', 'logs', this.#name)) as AliasResult;
  }

  async remove(): Promise<void> {
    await onHost('trusted', 'docker', 'rm', '-f', this.#name);
  }
}
