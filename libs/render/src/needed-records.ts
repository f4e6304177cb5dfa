import type { Environment } from '@ai-stack/core';
import { dnsRecords, fullName } from './dns-records';

/** A name that the stack uses, and the address in which a question for it must end. */
export interface NeededRecord {
  /** The full name, without a trailing dot. */
  name: string;
  type: 'A' | 'AAAA';
  value: string;
}

/**
 * What a DNS server of the operator must know: the name of each host with a service, and of each label in use. All are
 * addresses, because not every such server follows aliases; an alias that ends there is as good. Sorted by name. Pure.
 */
export function neededRecords(environment: Environment): NeededRecord[] {
  const used = environment.hosts.filter(({ services }) => services.length > 0);
  const own = used.map(({ fqdn, address }) => recordOf(fqdn, address));
  const labels = dnsRecords(environment).flatMap((record) => {
    const target = environment.hosts.find(({ fqdn }) => fqdn === record.value);
    if (record.type !== 'CNAME' || target === undefined) return [];
    return [recordOf(fullName(environment, record), target.address)];
  });
  return [...own, ...labels].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function recordOf(name: string, address: string): NeededRecord {
  return { name, type: address.includes(':') ? 'AAAA' : 'A', value: address };
}
