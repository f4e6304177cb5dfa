import type { Answer } from 'dns-packet';
import { absolute } from './coredns-double-config';

/** A loaded zone file: its records by owner, names without the last dot. */
export interface Zone {
  readonly origin: string;
  readonly serial: number;
  readonly soa: Answer;
  readonly records: ReadonlyMap<string, readonly Answer[]>;
}

export interface Found {
  readonly answers: Answer[];
  readonly exists: boolean;
  /** The end of a chain of aliases that leaves the zone. */
  readonly outside?: string;
}

const words = (text: string) => text.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];

/** Parses the zone files that apps/dns renders: $ORIGIN, $TTL and one record a line. Throws on any other. */
export function parseZone(text: string): Zone {
  let origin = '';
  let ttl = 300;
  const records = new Map<string, Answer[]>();
  for (const line of text.split('\n').filter((one) => one.trim() !== '' && !one.startsWith(';'))) {
    const [first = '', second = '', third = '', ...rest] = words(line);
    if (first === '$ORIGIN') origin = absolute(second);
    else if (first === '$TTL') ttl = Number(second);
    else {
      if (second !== 'IN') throw new Error(`not a record of a zone: ${line}`);
      const name = first === '@' ? origin : within(first, origin);
      const record = renderRecord(name, ttl, third, rest, origin);
      records.set(name, [...(records.get(name) ?? []), record]);
    }
  }
  const soa = records.get(origin)?.find(({ type }) => type === 'SOA');
  if (soa?.type !== 'SOA') throw new Error('the zone has no SOA');
  return { origin, serial: soa.data.serial ?? 0, soa, records };
}

const within = (name: string, origin: string) =>
  name.endsWith('.') ? absolute(name) : `${absolute(name)}.${origin}`;

function renderRecord(
  name: string,
  ttl: number,
  type: string,
  parts: readonly string[],
  origin: string,
): Answer {
  const owner = { name, ttl, class: 'IN' as const };
  const [first = '', second = '', third = '', fourth = ''] = parts;
  if (type === 'A' || type === 'AAAA') return { ...owner, type, data: first };
  if (type === 'CNAME' || type === 'NS') return { ...owner, type, data: within(first, origin) };
  if (type === 'TXT') return { ...owner, type, data: parts.map(unquote) };
  if (type === 'MX') {
    return {
      ...owner,
      type,
      data: { preference: Number(first), exchange: within(second, origin) },
    };
  }
  if (type === 'SRV') {
    const [priority, weight, port = 0] = [first, second, third].map(Number);
    return {
      ...owner,
      type,
      data: { priority, weight, port, target: within(fourth, origin) },
    };
  }
  if (type === 'CAA') {
    const data = { flags: Number(first), tag: second as 'issue', value: unquote(third) };
    return { ...owner, type, data };
  }
  if (type === 'SOA') return { ...owner, type, data: soaOf(parts, origin) };
  throw new Error(`record type ${type} is not known here`);
}

const unquote = (text: string) => text.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');

function soaOf([mname = '', rname = '', ...rest]: readonly string[], origin: string) {
  const [serial = NaN, refresh = 0, retry = 0, expire = 0, minimum = 0] = rest.map(Number);
  if (!Number.isInteger(serial)) throw new Error('the SOA has no serial');
  const names = { mname: within(mname, origin), rname: within(rname, origin) };
  return { ...names, serial, refresh, retry, expire, minimum };
}

/** The records that answer a question; aliases are followed while they stay in the zone (RFC 1034, 4.3.2). */
export function findAnswers(zone: Zone, question: string, type: string): Found {
  const answers: Answer[] = [];
  let name = absolute(question);
  for (let step = 0; step < 8; step += 1) {
    const here = recordsOf(zone, name);
    if (here === undefined) return { answers, exists: answers.length > 0 };
    const wanted = here.filter((record) => record.type === type);
    const alias = here.find((record) => record.type === 'CNAME');
    answers.push(...(alias === undefined ? wanted : [alias]));
    if (alias?.type !== 'CNAME' || type === 'CNAME') return { answers, exists: true };
    name = absolute(alias.data);
    if (!isWithin(name, zone.origin)) return { answers, exists: true, outside: name };
  }
  return { answers, exists: true };
}

export const isWithin = (name: string, origin: string) =>
  origin === '' || name === origin || name.endsWith(`.${origin}`);

/** The records of a name, of its wildcard, none for a name that only has names below; undefined: no such name. */
function recordsOf({ records, origin }: Zone, name: string): readonly Answer[] | undefined {
  const own = records.get(name);
  if (own !== undefined) return own;
  const hasBelow = (parent: string) =>
    [...records.keys()].some((one) => one.endsWith(`.${parent}`));
  if (hasBelow(name)) return [];
  for (let parent = parentOf(name); isWithin(parent, origin); parent = parentOf(parent)) {
    const wild = records.get(`*.${parent}`);
    if (wild !== undefined) return wild.map((record) => ({ ...record, name }));
    if (records.has(parent) || hasBelow(parent)) return undefined;
  }
  return undefined;
}

const parentOf = (name: string) => name.split('.').slice(1).join('.');
