import type { Answer } from 'dns-packet';
import type { NameAnswer } from '@ai-stack/core';

/** A record of an answer in words. Pure. */
export function recordOf(answer: Answer): NameAnswer['records'][number] {
  return { name: answer.name, type: answer.type, value: valueOf(answer) };
}

function valueOf(answer: Answer): string {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
      return answer.data;
    case 'MX':
      return `${answer.data.preference ?? 0} ${answer.data.exchange}`;
    case 'TXT':
      return [answer.data].flat().map(String).join('');
    case 'CAA':
      return `${answer.data.flags ?? 0} ${answer.data.tag} "${answer.data.value}"`;
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${target}`;
    }
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = answer.data;
      return [mname, rname, serial, refresh, retry, expire, minimum].join(' ');
    }
    default:
      return JSON.stringify('data' in answer ? answer.data : null);
  }
}
