import { z } from 'zod';
import { askRegistry, type Answer, type Asking } from './ask-registry';
import type { Endpoint } from './endpoints';
import { NoImage } from './no-image';

const tokenSchema = z.union([
  z.object({ token: z.string().min(1) }).transform(({ token }) => token),
  z.object({ access_token: z.string().min(1) }).transform((answer) => answer.access_token),
]);
/** Registries keep blobs elsewhere and redirect to them, most of them once. */
const mostRedirects = 3;

/** One repository of a registry, read without a login by the distribution API of the OCI. */
export class Repository {
  readonly origin: string;
  readonly #isVerified: boolean;
  readonly #name: string;
  readonly #asking: Asking;
  #token: string | undefined;

  constructor({ origin, isVerified }: Endpoint, name: string, asking: Asking) {
    this.origin = origin;
    this.#isVerified = isVerified;
    this.#name = name;
    this.#asking = asking;
  }

  /** A manifest or a blob. Throws a NoImage that explains every other answer. */
  async get(kind: 'manifests' | 'blobs', reference: string, accept = '*/*'): Promise<Answer> {
    const url = new URL(`${this.origin}/v2/${this.#name}/${kind}/${reference}`);
    let answer = await this.#follow(url, accept);
    if (answer.status === 401 && this.#token === undefined) {
      this.#token = await this.#fetchToken(answer);
      answer = await this.#follow(url, accept);
    }
    if (answer.status === 200) return answer;
    throw explainStatus(answer, url.host);
  }

  async #follow(first: URL, accept: string): Promise<Answer> {
    let url = first;
    for (let left = mostRedirects; ; left -= 1) {
      // The token is the registry's alone: where the content is kept, nobody may see it.
      const isOwn = url.origin === first.origin;
      const token = isOwn && this.#token !== undefined ? `Bearer ${this.#token}` : undefined;
      const headers = { accept, ...(token !== undefined && { authorization: token }) };
      const answer = await this.#ask(url, headers);
      const { location } = answer.headers;
      if (answer.status < 301 || answer.status > 308 || location === undefined) return answer;
      if (left === 0) throw unsafe(first, 'redirects again and again');
      url = this.#safe(location, url, 'redirects');
    }
  }

  /** A token of the service that the registry names; without a login it is for what everybody may read. */
  async #fetchToken({ headers }: Answer): Promise<string> {
    const bearer = parseChallenge(headers['www-authenticate'] ?? '');
    const { host } = new URL(this.origin);
    if (bearer?.['realm'] === undefined)
      throw new NoImage(`${host} wants a login`, needsLogin, true);
    const url = this.#safe(bearer['realm'], new URL(this.origin), 'sends for a token');
    if (bearer['service'] !== undefined) url.searchParams.set('service', bearer['service']);
    url.searchParams.set('scope', bearer['scope'] ?? `repository:${this.#name}:pull`);
    const answer = await this.#ask(url, { accept: 'application/json' });
    const token = tokenSchema.safeParse(jsonOf(answer.body));
    if (answer.status === 200 && token.success) return token.data;
    throw explainStatus(answer.status === 200 ? { ...answer, status: 401 } : answer, url.host);
  }

  #ask(url: URL, headers: Record<string, string>): Promise<Answer> {
    return askRegistry(url, headers, this.#isVerified, this.#asking);
  }

  /** Whoever asks by HTTPS is not led to HTTP. */
  #safe(target: string, base: URL, doing: string): URL {
    const url = URL.canParse(target, base.href) ? new URL(target, base) : undefined;
    const isFitting =
      url?.protocol === 'https:' || (url?.protocol === 'http:' && base.protocol === 'http:');
    if (url === undefined || !isFitting) throw unsafe(base, `${doing} to ${target.slice(0, 100)}`);
    return url;
  }
}

function unsafe({ host }: URL, what: string): NoImage {
  return new NoImage(`${host} ${what}`, 'look at the registry, or at the proxy in front', true);
}

const needsLogin =
  'correct its name; an image that needs a login is pulled by hand on the host, or comes by registryMirror';

/** The parameters of the challenge `Bearer`; undefined: there is none. */
function parseChallenge(header: string): Record<string, string> | undefined {
  const [, text] = /(?:^|,)\s*Bearer\s+(.*)$/i.exec(header) ?? [];
  if (text === undefined) return undefined;
  const parameters = text.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/gi);
  return Object.fromEntries(
    [...parameters].map(([, key = '', value = '']) => [
      key.toLowerCase(),
      value.replaceAll(/\\(.)/g, '$1'),
    ]),
  );
}

function explainStatus({ status, headers, body }: Answer, host: string): NoImage {
  const explain = (what: string, fix: string): NoImage =>
    new NoImage(`${what}${wordsOf(body)}`, fix, true);
  if (status === 401 || status === 403)
    return explain(`${host} shows this image to nobody without a login`, needsLogin);
  if (status === 404)
    return explain(`${host} has no such image`, 'correct its name, or its tag or digest');
  if (status === 429)
    return explain(
      `${host} refuses more questions for now`,
      `ask again ${waitOf(headers['retry-after'])}, or set registryMirror in environment.yaml`,
    );
  if (status >= 500)
    return explain(`${host} has an error of its own (${status})`, 'ask again later');
  return explain(`${host} answers ${status}`, 'see whether the name leads to a registry');
}

/** `Retry-After`: seconds, or a date. */
function waitOf(header: string | undefined): string {
  if (header === undefined) return 'later';
  if (/^\d+$/.test(header)) return `in ${header} s`;
  const date = new Date(header);
  return Number.isNaN(date.getTime()) ? 'later' : `after ${date.toISOString()}`;
}

/** The registry's own words, of its first error. */
function wordsOf(body: Buffer): string {
  const schema = z.object({ errors: z.array(z.object({ message: z.string() })).min(1) });
  const [error] = schema.safeParse(jsonOf(body)).data?.errors ?? [];
  return error === undefined ? '' : `: ${error.message.slice(0, 200)}`;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
