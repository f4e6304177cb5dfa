import { canonicalAddress } from '@ai-stack/core';
import type { ListeningPort } from './host-facts';

/**
 * Lines of /proc/net/{tcp,tcp6,udp,udp6} after the file's name and a colon. Addresses are words in the byte order of a
 * little-endian machine. State 0A is listening; a UDP socket without a peer is 07.
 */
export function parseListening(lines: readonly string[]): ListeningPort[] {
  const ports = new Map<string, ListeningPort>();
  for (const line of lines) {
    const match =
      /^\/proc\/net\/(tcp|udp)6?: *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:0000 (\w\w) /.exec(
        line,
      );
    const [, protocol, address = '', port = '', state] = match ?? [];
    if (state !== (protocol === 'tcp' ? '0A' : '07')) continue;
    const listener = {
      address: parseAddress(address),
      port: parseInt(port, 16),
      protocol: protocol as ListeningPort['protocol'],
    };
    ports.set(`${listener.protocol} ${listener.address} ${listener.port}`, listener);
  }
  return [...ports.keys()].sort().flatMap((key) => ports.get(key) ?? []);
}

function parseAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join('.');
  if (/^0{20}f{4}/i.test(bytes.join(''))) {
    return bytes
      .slice(12)
      .map((byte) => parseInt(byte, 16))
      .join('.');
  }
  const groups = bytes.join('').match(/.{4}/g) ?? [];
  return canonicalAddress(groups.join(':'));
}
