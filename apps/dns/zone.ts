import { dnsHostOf, type Environment } from '@ai-stack/core';
import { dnsRecords, type DnsRecord } from '@ai-stack/render';

/** Stands for the serial: deploy fills in the next one when, and only when, something else changed. */
export const serialPlaceholder = '@SERIAL@';

const refreshSeconds = 3600;
const retrySeconds = 600;
const expireSeconds = 604_800;

/** The zone file of the environment's domain, with the placeholder for the serial. */
export function renderZone(environment: Environment): string {
  const { settings, dns } = environment;
  const server = dnsHostOf(environment).fqdn;
  const records = dnsRecords(environment);
  const hasOwnServers = records.some(({ name, type }) => name === '@' && type === 'NS');
  const timers = [refreshSeconds, retrySeconds, expireSeconds, dns.ttlSeconds].join(' ');
  return [
    `$ORIGIN ${settings.domain}.`,
    `$TTL ${dns.ttlSeconds}`,
    `@ IN SOA ${server}. ${mailbox(dns.contact ?? `hostmaster@${settings.domain}`)} ${serialPlaceholder} ${timers}`,
    ...(hasOwnServers ? [] : [`@ IN NS ${server}.`]),
    ...records.map((record) => `${record.name} IN ${record.type} ${recordValue(record)}`),
    '',
  ].join('\n');
}

function recordValue({ type, value }: DnsRecord): string {
  if (type === 'TXT') return quotedText(value);
  const endsInName = type !== 'A' && type !== 'AAAA' && type !== 'CAA';
  return endsInName ? `${value}.` : value;
}

/** A text in quoted strings of at most 255 octets, as RFC 1035 wants them. */
function quotedText(value: string): string {
  const chunks: string[] = [];
  let chunk = '';
  for (const sign of value) {
    if (Buffer.byteLength(chunk + sign) > 255) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += sign;
  }
  return [...chunks, chunk].map((part) => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ');
}

/** A mail address as the SOA record writes it: dots before the sign are escaped, the sign becomes a dot. */
function mailbox(address: string): string {
  const sign = address.lastIndexOf('@');
  const local = address.slice(0, sign).replaceAll('.', '\\.');
  return `${local}.${address.slice(sign + 1)}.`;
}
