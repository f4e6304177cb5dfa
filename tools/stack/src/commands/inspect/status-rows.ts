import {
  compareStatus,
  unreachableStatus,
  type HostFacts,
  type StatusRow,
  type UnreachableHost,
} from '@ai-stack/deploy';
import type { Stack } from '../../context/stack';

/** What the hosts say of the selected services, those that answered first; no service is selected: all. Pure. */
export function statusRows(
  { environment, releases }: Pick<Stack, 'environment' | 'releases'>,
  { facts, unreachable }: { facts: readonly HostFacts[]; unreachable: readonly UnreachableHost[] },
  selected: readonly string[],
): StatusRow[] {
  const placedOn = (host: string) =>
    environment.hosts.find(({ name }) => name === host)?.services ?? [];
  const rows = [
    ...facts.flatMap((hostFacts) =>
      compareStatus(hostFacts, environment.name, placedOn(hostFacts.host), releases),
    ),
    ...unreachable.flatMap((host) => unreachableStatus(host, placedOn(host.host))),
  ];
  return rows.filter(({ service }) => selected.length === 0 || selected.includes(service));
}
