import type { SecureContext } from 'node:tls';
import type { HttpAsk } from '@ai-stack/core';
import { askHttp, type FilledHttp } from './ask';
import type { HttpAnswer } from './evaluate';
import { NoAnswer } from '../evaluation';
import type { Reach } from '../reach';

type Jar = Map<string, Map<string, string>>;

/**
 * Asks as `askHttp` does, and follows as many redirects as the question allows, to https alone. Each host gets its own
 * cookies back; headers and body, in which a secret may be, go to the first host only. Throws a NoAnswer.
 */
export async function askFollowing(
  filled: FilledHttp,
  reach: Reach,
  trust: () => SecureContext,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const deadline = performance.now() + timeoutMs;
  const jar: Jar = new Map();
  const first = new URL(filled.ask.url);
  const hops: string[] = [];
  let next = first;
  for (let left = filled.ask.follow ?? 0; ; left -= 1) {
    const own = next.host === first.host ? filled.headers : {};
    const isFirst = hops.length === 0;
    const asked: FilledHttp = {
      ask: isFirst ? filled.ask : nextAsk(filled.ask, next),
      headers: { ...own, ...cookiesFor(jar, next.host) },
      body: isFirst ? filled.body : undefined,
    };
    const answer = await askHttp(asked, reach, trust, Math.max(deadline - performance.now(), 1));
    keepCookies(jar, next.host, answer.cookies ?? []);
    hops.push(`${next.host}${next.pathname}`);
    const isRedirect = answer.status >= 300 && answer.status < 400;
    if (left <= 0 || !isRedirect || answer.location === undefined) return { ...answer, hops };
    next = targetOf(answer.location, next);
  }
}

/** A redirect leads away from a container: its names are those of the stack, as a person's browser sees them. */
function nextAsk({ container, ...ask }: HttpAsk, { href }: URL): HttpAsk {
  const resolver = container === undefined ? {} : { resolver: 'stack' as const };
  return { ...ask, ...resolver, url: href, method: 'GET' };
}

function targetOf(location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (target?.protocol === 'https:') return target;
  throw new NoAnswer('wrong', `${from.host} redirects to something that is not https`);
}

function cookiesFor(jar: Jar, host: string): Record<string, string> {
  const cookies = [...(jar.get(host) ?? [])].map(([name, value]) => `${name}=${value}`);
  return cookies.length > 0 ? { cookie: cookies.join('; ') } : {};
}

function keepCookies(jar: Jar, host: string, lines: readonly string[]): void {
  const kept = jar.get(host) ?? new Map<string, string>();
  jar.set(host, kept);
  for (const line of lines) {
    const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
    if (name !== undefined) kept.set(name, value ?? '');
  }
}
