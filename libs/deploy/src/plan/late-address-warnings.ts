import type { Release, Warning } from '@ai-stack/core';
import { lacksAddress, lateAddressFix } from '@ai-stack/docker';
import type { HostFacts } from '../facts/host-facts';
import { ownContainers } from '../facts/own-containers';

/**
 * A service that stayed down after a reboot, because its host got its address after the engine had started: a deploy
 * starts it, and after the next reboot it is down again. Pure.
 */
export function lateAddressWarnings(release: Release, facts: HostFacts): Warning[] {
  const [port] = release.ports;
  if (port === undefined) return [];
  const isFixed = facts.bindsLateAddresses?.[port.address.includes(':') ? 'ipv6' : 'ipv4'] === true;
  const down = ownContainers(release, facts).filter(lacksAddress);
  if (isFixed || down.length === 0) return [];
  return [
    {
      reason: `${release.service} did not start at the last boot of ${facts.host}: Docker opens its ports on ${port.address}, which the host got only later, and does not try again. The next reboot ends alike`,
      fix: lateAddressFix(facts.host, port.address),
    },
  ];
}
