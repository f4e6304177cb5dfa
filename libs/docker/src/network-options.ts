import type { NetworkRequest } from './engine';
import { mtuOption } from './parse-facts';

/** A network as `POST /networks/create` takes it. Pure. */
export function networkOptions(
  { name, subnet, mtu, ipv6 }: NetworkRequest,
  labels: Record<string, string>,
) {
  const ranges = [subnet, ipv6].flatMap((range) =>
    typeof range === 'string' ? [{ Subnet: range }] : [],
  );
  return {
    Name: name,
    Labels: labels,
    // Engines before 25 make a second network of the same name unless told to check.
    CheckDuplicate: true,
    ...(ranges.length > 0 && { IPAM: { Config: ranges } }),
    ...(mtu !== undefined && { Options: { [mtuOption]: String(mtu) } }),
    ...(ipv6 !== undefined && { EnableIPv6: ipv6 !== false }),
  };
}
