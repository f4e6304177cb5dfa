import type { SecureContext } from 'node:tls';
import { clockSkewOf, type ClockAsk, type ClockSkew } from '@ai-stack/core';
import { askHttp } from '../http/ask';
import { NoAnswer } from '../evaluation';
import type { Reach } from '../reach';

/** How far a server's clock is from this machine's, by the `Date` of its answer. Throws a NoAnswer. */
export async function askClock(
  { url }: ClockAsk,
  { reach, trust }: { reach: Reach; trust: () => SecureContext },
  timeoutMs: number,
): Promise<ClockSkew> {
  // By the name that the containers there find.
  const ask = { kind: 'http', method: 'GET', url, resolver: 'stack' } as const;
  const sentMs = Date.now();
  const { date } = await askHttp({ ask, headers: {}, body: undefined }, reach, trust, timeoutMs);
  const receivedMs = Date.now();
  const skew = clockSkewOf({ readMs: Date.parse(date ?? ''), unitMs: 1000, sentMs, receivedMs });
  if (skew === undefined) throw new NoAnswer('wrong', 'its answer has no time (header Date)');
  return skew;
}
