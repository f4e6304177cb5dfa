import type { Answer, DecodedPacket, Packet, Question } from 'dns-packet';

/** One record of a zone file; names are absolute, in lower case and without the last dot. */
export interface ZoneRecord {
  readonly name: string;
  readonly ttl: number;
  readonly type: string;
  readonly content: string;
}

const AUTHORITATIVE = 1 << 10;
const NXDOMAIN = 3;
const absolute = (name: string) => name.toLowerCase().replace(/\.$/, '');

/**
 * Parses the plain subset of zone files that the lab writes: one record a line, absolute names.
 * Throws on a line that is none.
 */
export function parseZone(text: string): ZoneRecord[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith(';'))
    .map((line) => {
      const match = /^(\S+)\s+(\d+)\s+IN\s+([A-Z]+)\s+(.+)$/.exec(line);
      if (match === null) throw new Error(`not a zone record: ${line}`);
      const [, name = '', ttl = '', type = '', content = ''] = match;
      return { name: absolute(name), ttl: Number(ttl), type, content };
    });
}

/** The answer packet to one query: records of the name, else an empty answer or "no such name" (RFC 1035). */
export function renderAnswer(zone: readonly ZoneRecord[], query: DecodedPacket): Packet {
  const question = query.questions?.[0];
  const name = absolute(question?.name ?? '');
  const answers = zone
    .filter((record) => record.name === name && record.type === question?.type)
    .map(renderRecord);
  const exists = zone.some((record) => record.name === name || record.name.endsWith(`.${name}`));
  const questions: Question[] = question === undefined ? [] : [question];
  return {
    id: query.id ?? 0,
    type: 'response',
    flags: AUTHORITATIVE | (exists || name === '' ? 0 : NXDOMAIN),
    questions,
    answers,
    authorities: answers.length > 0 ? [] : zone.filter(isSoa).map(renderRecord),
  };
}

const isSoa = (record: ZoneRecord) => record.type === 'SOA';

function renderRecord({ name, ttl, type, content }: ZoneRecord): Answer {
  const owner = { name, ttl, class: 'IN' as const };
  if (type === 'TXT') return { ...owner, type, data: content.replace(/^"|"$/g, '') };
  if (type === 'A') return { ...owner, type, data: content };
  if (type === 'NS') return { ...owner, type, data: absolute(content) };
  if (type === 'MX') return { ...owner, type, data: parseMx(content) };
  if (type === 'SOA') return { ...owner, type, data: parseSoa(content) };
  throw new Error(`record type ${type} is not known here`);
}

function parseMx(content: string) {
  const [preference = '', exchange = ''] = content.split(/\s+/);
  return { preference: Number(preference), exchange: absolute(exchange) };
}

function parseSoa(content: string) {
  const [mname = '', rname = '', ...numbers] = content.split(/\s+/);
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
  return {
    mname: absolute(mname),
    rname: absolute(rname),
    serial,
    refresh,
    retry,
    expire,
    minimum,
  };
}
