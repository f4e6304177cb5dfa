import type { HttpExpect } from '@ai-stack/core';
import { excerpt } from '../excerpt';
import { formatJsonExpect, judgeJson } from './json';
import type { Judgement } from '../judgement';
import type { StreamFacts } from './read-stream';

export interface HttpAnswer {
  /** The URL that was asked, against which a relative Location is read. */
  url: string;
  status: number;
  location: string | undefined;
  body: string;
  /** Whether the body was longer than what was read. */
  isCut: boolean;
  /** The header `Date`. */
  date?: string;
  /** `Set-Cookie` lines. */
  cookies?: string[];
  /** Hosts and paths that were asked, in order; without queries. */
  hops?: string[];
  /** Of an answer of the type `text/event-stream`. */
  stream?: StreamFacts;
}

/** What a proxy says while nothing stands behind it, and a program while it starts. */
const statusesOfLoading = [502, 503, 504];

/** Compares an answer with what was expected. */
export function judgeHttp(answer: HttpAnswer, expect: HttpExpect): Judgement {
  if (!expect.status.includes(answer.status)) return judgeStatus(answer);
  const checks = [
    ...judgeLocation(answer, expect.location),
    ...judgeEnd(answer, expect.endsAt),
    ...judgeStream(answer, expect.stream),
    ...judgeIncludes(answer, expect.includes),
    ...judgeBody(answer, expect.json),
  ];
  const failed = checks.filter((check) => !check.ok);
  const shown = failed.length > 0 ? failed : checks;
  const observed = [`status ${answer.status}`, ...shown.map((check) => check.observed)];
  return { verdict: failed.length > 0 ? 'wrong' : 'ok', observed: excerpt(observed.join(', ')) };
}

/** What is expected, on one line. */
export function formatHttpExpect(expect: HttpExpect): string {
  const places = (expect.location ?? []).map(({ host, pathPrefix }) =>
    host === undefined ? `a path under ${pathPrefix ?? '/'}` : `${host}${pathPrefix ?? ''}`,
  );
  return excerpt(
    [
      `status ${expect.status.join(' or ')}`,
      ...(places.length > 0 ? [`to ${places.join(' or ')}`] : []),
      ...(expect.endsAt === undefined ? [] : [`in the end at ${expect.endsAt.host}`]),
      ...(expect.stream === undefined ? [] : ['an answer streamed in several parts']),
      ...(expect.includes === undefined ? [] : [`the body says "${expect.includes}"`]),
      ...(expect.json ?? []).map(formatJsonExpect),
    ].join(', '),
  );
}

interface Check {
  ok: boolean;
  observed: string;
}

function judgeStatus(answer: HttpAnswer): Judgement {
  const { status, body } = answer;
  const target = locationOf(answer);
  const isLoading =
    statusesOfLoading.includes(status) ||
    (status >= 500 && /\b(?:loading|pulling|starting|warming up)\b/i.test(body));
  const tail = target === undefined ? excerpt(wordsOf(body)) : `to ${shortUrl(target)}`;
  const observed = excerpt([`status ${status}`, tail].filter((part) => part !== '').join(', '));
  return { verdict: isLoading ? 'loading' : 'wrong', observed };
}

/** What a person would read: of a page its title and text, without markup. */
function wordsOf(body: string): string {
  if (!/^\s*<(?:!doctype html|html)\b/i.test(body)) return body;
  return body
    .replaceAll(/<!--[\s\S]*?-->|<(script|style|svg|noscript)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ');
}

function judgeLocation(answer: HttpAnswer, allowed: HttpExpect['location']): Check[] {
  if (allowed === undefined || allowed.length === 0) return [];
  const target = locationOf(answer);
  if (target === undefined) return [{ ok: false, observed: 'without a Location' }];
  // A provider may show its own page for an error, to which its redirect then leads.
  const isGood = errorOf(target) === null;
  const ok =
    isGood &&
    allowed.some(
      ({ host, pathPrefix }) =>
        (host === undefined || [target.host, target.hostname].includes(host)) &&
        (pathPrefix === undefined || target.pathname.startsWith(pathPrefix)),
    );
  return [{ ok, observed: `to ${shortUrl(target)}` }];
}

function judgeEnd({ url, hops = [] }: HttpAnswer, end: HttpExpect['endsAt']): Check[] {
  if (end === undefined) return [];
  const { host, hostname } = new URL(url);
  return [{ ok: [host, hostname].includes(end.host), observed: `by ${hops.join(', ')}` }];
}

function judgeStream({ stream, body }: HttpAnswer, expected: true | undefined): Check[] {
  if (expected === undefined) return [];
  if (stream === undefined) return [{ ok: false, observed: `no stream: ${excerpt(body)}` }];
  const { events, firstTokenMs, lastTokenMs = 0, arrivals, wholeMs, isEnded, hasError } = stream;
  if (hasError) return [{ ok: false, observed: `an error in the stream: ${excerpt(body)}` }];
  if (firstTokenMs === undefined) {
    return [{ ok: false, observed: `${events} events without a word of an answer` }];
  }
  const took = `first token after ${seconds(firstTokenMs)}, ${events} events in ${seconds(wholeMs)}`;
  if (!isEnded) return [{ ok: false, observed: `${took}, and no [DONE]` }];
  const isCollected =
    arrivals < fewestArrivals ||
    (firstTokenMs > slowMs && lastTokenMs - firstTokenMs < shortestStreamMs);
  return [{ ok: !isCollected, observed: isCollected ? `${took}, all of it together` : took }];
}
/** A proxy that collects an answer passes it on as one part, or as few as fit into its buffers. */
const fewestArrivals = 3;
/** Some pass the parts on one by one, at the end: after so long no model says a whole answer in no time. */
const slowMs = 5000;
const shortestStreamMs = 20;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

function judgeIncludes({ body }: HttpAnswer, text: string | undefined): Check[] {
  if (text === undefined) return [];
  return [{ ok: body.includes(text), observed: `the body says "${excerpt(body)}"` }];
}

function judgeBody({ body, isCut }: HttpAnswer, expects: HttpExpect['json']): Check[] {
  if (expects === undefined || expects.length === 0) return [];
  if (isCut) return [{ ok: false, observed: 'a body longer than 1 MiB' }];
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [{ ok: false, observed: `a body that is no JSON: ${excerpt(body)}` }];
  }
  return expects.map((expect) => judgeJson(value, expect));
}

function locationOf({ location, url }: HttpAnswer): URL | undefined {
  return location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined;
}

/** The error that an identity provider says in the query or, as some response modes have it, in the fragment. */
function errorOf({ searchParams, hash }: URL): string | null {
  return searchParams.get('error') ?? new URLSearchParams(hash.slice(1)).get('error');
}

/** Without the query, which may hold a session's state; but with the error that an identity provider says there. */
function shortUrl(url: URL): string {
  const { origin, pathname, search } = url;
  const error = errorOf(url);
  const query = error === null ? '?…' : `?error=${error}&…`;
  return `${origin}${pathname}${search === '' && error === null ? '' : query}`;
}
