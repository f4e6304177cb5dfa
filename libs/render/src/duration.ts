import type { Healthcheck } from '@ai-stack/core';

const unitSeconds = { h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/** Seconds of a duration such as `1h30m` or `500ms`. */
export function secondsOf(duration: string): number {
  return [...duration.matchAll(/(\d+)(ms|h|m|s)/g)].reduce(
    (sum, [, digits, unit]) => sum + Number(digits) * unitSeconds[unit as keyof typeof unitSeconds],
    0,
  );
}

/** How long a container may take: its start period and the failing checks after it; without a check, 30 s to run. */
export function healthDeadline(check: Healthcheck | null): number {
  if (check === null) return 30;
  const round = secondsOf(check.interval) + secondsOf(check.timeout);
  return Math.ceil(secondsOf(check.startPeriod) + check.retries * round);
}
