import type { ContainerFact } from './facts';

/**
 * Whether a container is down because its host did not have the address of a published port when the engine started it.
 * The engine does not try again: no restart policy concerns a container that never ran.
 */
export function lacksAddress({
  state,
  startError = '',
}: Pick<ContainerFact, 'state' | 'startError'>): boolean {
  return state !== 'running' && startError.includes('cannot assign requested address');
}

/** What lets an engine publish on an address that its host gets later, as an operator does it on the host. */
export function lateAddressFix(host: string, address: string): string {
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const file = '/etc/sysctl.d/60-ai-stack.conf';
  return `on ${host}: echo net.${family}.ip_nonlocal_bind=1 >>${file} && sysctl -p ${file} (docs/operating.md, "After a reboot")`;
}
