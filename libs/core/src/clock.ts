/** How far one clock is from another; positive: it is ahead. */
export interface ClockSkew {
  seconds: number;
  /** The true value lies within so many seconds on either side: half the round trip and half the reading's unit. */
  uncertaintySeconds: number;
}

/** A clock as it was read over the network, with this machine's clock before and after. In milliseconds. */
export interface ClockReading {
  readMs: number;
  /** What the reading was rounded down to, such as 1000 for whole seconds. */
  unitMs: number;
  sentMs: number;
  receivedMs: number;
}

/**
 * Seconds from which two clocks count as apart. The login of the chat stops at 120 (the leeway that Authlib gives `iat` and
 * `exp` of a token), and a clock that is kept by NTP is within one.
 */
export const clockLimitSeconds = 60;

/** How far the clock that was read is from this machine's, corrected for the round trip; undefined: it says no time. */
export function clockSkewOf(reading: ClockReading): ClockSkew | undefined {
  const { readMs, unitMs, sentMs, receivedMs } = reading;
  if (!Number.isFinite(readMs)) return undefined;
  const here = (sentMs + receivedMs) / 2;
  return {
    seconds: (readMs + unitMs / 2 - here) / 1000,
    uncertaintySeconds: ((receivedMs - sentMs) / 2 + unitMs / 2) / 1000,
  };
}

/** How far the first of two clocks is from the second, when both are known against a third. */
export function clockSkewBetween(clock: ClockSkew, reference: ClockSkew): ClockSkew {
  return {
    seconds: clock.seconds - reference.seconds,
    uncertaintySeconds: clock.uncertaintySeconds + reference.uncertaintySeconds,
  };
}

/** Whether two clocks are certainly further apart than the limit. */
export function isClockApart(skew: ClockSkew, limitSeconds = clockLimitSeconds): boolean {
  return Math.abs(skew.seconds) - skew.uncertaintySeconds > limitSeconds;
}

/** Such as `2 min 20 s behind`; what lies within the uncertainty is `equal to`. */
export function formatClockSkew({ seconds, uncertaintySeconds }: ClockSkew): string {
  if (Math.abs(seconds) <= uncertaintySeconds + 1) return 'equal to';
  return `${formatDuration(Math.abs(seconds))} ${seconds > 0 ? 'ahead of' : 'behind'}`;
}

/** The two largest units that are not zero. */
function formatDuration(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  let rest = Math.round(seconds);
  const parts = units.map(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { count, unit };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ count, unit }) => `${count} ${unit}`)
    .join(' ');
}
