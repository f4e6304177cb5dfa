import type { Verdict } from './judgement';

interface Attempts {
  verdict: Verdict;
  /** Attempts made, this one included, and how many of them were wrong. */
  made: number;
  wrong: number;
  elapsedMs: number;
  /** How long it may be loading. */
  deadlineMs: number;
  /** How long nobody may answer. */
  silenceMs: number;
}

const firstPauseMs = 500;
const longestPauseMs = 5000;
/** Longer than Traefik needs to see a container that has just become healthy (it gathers changes for 2 s). */
const wrongPauseMs = 3000;

/** Milliseconds until the next attempt; undefined: this one counts. */
export function planRetry(attempts: Attempts): number | undefined {
  const { verdict, made, wrong, elapsedMs, deadlineMs, silenceMs } = attempts;
  if (verdict === 'ok' || verdict === 'impossible') return undefined;
  if (verdict === 'wrong' && wrong > 1) return undefined;
  const left = (verdict === 'silent' ? silenceMs : deadlineMs) - elapsedMs;
  if (left <= 0) return undefined;
  const pause =
    verdict === 'wrong' ? wrongPauseMs : Math.min(firstPauseMs * 1.6 ** (made - 1), longestPauseMs);
  return Math.min(Math.round(pause), left);
}
