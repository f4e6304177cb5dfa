import {
  clockSkewBetween,
  formatClockSkew,
  isClockApart,
  type ClockSkew,
  type Warning,
} from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';

/** A host whose clock is apart from this machine's; when all are, by the same, it is this machine's that is wrong. Pure. */
export function clockWarnings(facts: HostFacts, allFacts: readonly HostFacts[]): Warning[] {
  const { host, clockSkew } = facts;
  if (clockSkew === undefined || !isClockApart(clockSkew)) return [];
  const all = allFacts.flatMap((hostFacts) => hostFacts.clockSkew ?? []);
  if (all.length > 1 && all.every((skew) => isSame(skew, clockSkew))) {
    const here = { ...clockSkew, seconds: -clockSkew.seconds };
    return [
      {
        reason: `the clock of this machine is ${formatClockSkew(here)} that of all ${all.length} hosts: this machine may reject valid certificates, and it dates records wrongly`,
        fix: 'synchronise the clock of this machine by NTP (Linux: timedatectl set-ntp true; macOS: its settings for date and time); date -u shows it',
      },
    ];
  }
  return [
    {
      reason: `the clock of ${host} is ${formatClockSkew(clockSkew)} this machine's: when it differs by 2 min from the identity provider's clock, logins fail; and valid certificates may count as expired or not yet valid`,
      fix: `on ${host}: timedatectl set-ntp true (where it is a container, on the machine that runs it); date -u on both shows which is wrong`,
    },
  ];
}

function isSame(left: ClockSkew, right: ClockSkew): boolean {
  return isClockApart(left) && !isClockApart(clockSkewBetween(left, right));
}
