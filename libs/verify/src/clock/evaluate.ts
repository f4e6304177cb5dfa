import {
  clockSkewBetween,
  formatClockSkew,
  isClockApart,
  type ClockExpect,
  type ClockSkew,
} from '@ai-stack/core';
import type { Evaluation } from '../evaluation';

/** Two clocks, each against this machine's. */
interface ClockFacts {
  host: { name: string; skew: ClockSkew };
  server: { name: string; skew: ClockSkew };
}

/** Whether the clocks of a host and a server agree, and if not, which of the three is alone with its time. Pure. */
export function evaluateClock(
  { host, server }: ClockFacts,
  { withinSeconds }: ClockExpect,
): Evaluation {
  const skew = clockSkewBetween(host.skew, server.skew);
  const observed = `${host.name} is ${formatClockSkew(skew)} ${server.name} and ${formatClockSkew(host.skew)} this machine`;
  if (!isClockApart(skew, withinSeconds)) return { verdict: 'ok', observed };
  const isHostOff = isClockApart(host.skew, withinSeconds);
  const isServerOff = isClockApart(server.skew, withinSeconds);
  const wrong =
    isHostOff === isServerOff
      ? `on ${host.name} or on the machine of ${server.name} (date -u shows which is wrong)`
      : isHostOff
        ? `on ${host.name}`
        : `on the machine of ${server.name}`;
  const fix = `${wrong}: timedatectl set-ntp true; where it is a container, on the machine that runs it`;
  return { verdict: 'wrong', observed, fix };
}

/** What is expected, on one line. */
export function formatClockExpect({ withinSeconds }: ClockExpect): string {
  return `at most ${withinSeconds} s apart`;
}
