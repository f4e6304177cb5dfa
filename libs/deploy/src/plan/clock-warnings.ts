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
  const all = allFacts.flatMap((one) => one.clockSkew ?? []);
  if (all.length > 1 && all.every((one) => isSame(one, clockSkew))) {
    const here = { ...clockSkew, seconds: -clockSkew.seconds };
    return [
      {
        reason: `the clock of this machine is ${formatClockSkew(here)} that of all ${all.length} hosts: it trusts no certificate outside of its time by this clock, and records are dated by it`,
        fix: 'let this machine set its clock by NTP (Linux: timedatectl set-ntp true; macOS: its settings for date and time); date -u shows it',
      },
    ];
  }
  return [
    {
      reason: `the clock of ${host} is ${formatClockSkew(clockSkew)} this machine's: from 2 min to the identity provider's clock logins fail, and certificates count as expired or not yet valid by it`,
      fix: `on ${host}: timedatectl set-ntp true (where it is a container, on the machine that runs it); date -u on both shows which is wrong`,
    },
  ];
}

function isSame(one: ClockSkew, other: ClockSkew): boolean {
  return isClockApart(one) && !isClockApart(clockSkewBetween(one, other));
}
