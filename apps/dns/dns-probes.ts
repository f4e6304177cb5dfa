import {
  dnsHostOf,
  dnsServerOf,
  nxRun,
  type DnsAsk,
  type Probe,
  type RenderContext,
  type Vantage,
} from '@ai-stack/core';
import {
  addressesOf,
  containerHttpProbe,
  dnsRecords,
  fullName,
  type DnsRecord,
} from '@ai-stack/render';

/** What verifies the resolver: ready, and every record as rendered, asked from this machine and from each host. */
export function dnsProbes(context: RenderContext): Probe[] {
  const { environment } = context;
  const vantages: Vantage[] = [
    'controller',
    ...environment.hosts.map(({ name }) => `host:${name}` as const),
  ];
  const ready = containerHttpProbe(
    context,
    {
      what: 'ready',
      level: 'api',
      title: 'CoreDNS is ready',
      fix: `see ${nxRun(environment.name, 'dns:logs')}`,
    },
    { container: 'dns', port: 8181 },
    { path: '/ready' },
    { status: [200] },
  );
  const questions = questionsOf(context);
  return [
    ready,
    ...unknownNameProbes(context),
    ...vantages.flatMap((vantage) => questions.map((ask) => recordProbe(ask, vantage))),
  ];
}

/**
 * That names which nobody has are answered at once, and not sent in a circle: one of the zone and one outside of it, asked
 * from the DNS host. An upstream may have a wildcard, so that such a name exists.
 */
function unknownNameProbes({ environment }: RenderContext): Probe[] {
  const { name: host, address: server } = dnsHostOf(environment);
  const upstreams = environment.dns.upstreams.join(', ');
  const probe = (what: string, name: string, fix: string): Probe => ({
    id: `dns/${what}`,
    level: 'client',
    service: 'dns',
    vantage: `host:${host}`,
    title: `a name below ${name} that nobody has is answered at once`,
    fix,
    ask: { kind: 'dns', server, name, type: 'A', random: true },
    expect: { codes: ['NXDOMAIN', 'NOERROR'] },
  });
  const { domain } = environment.settings;
  return [
    probe(
      'unknown-name',
      domain,
      `take the forwarding of ${domain} to ${server} out of the upstreams (${upstreams}), or name others in dns.yaml`,
    ),
    probe(
      'foreign-name',
      'invalid',
      `look at the upstreams (${upstreams}): they are down, or forward all names to ${server}`,
    ),
  ];
}

interface Question {
  ask: DnsAsk;
  answers: string[];
}

/** The rendered records of the types that a probe can ask for, and the address at the end of each alias. */
function questionsOf({ environment }: RenderContext): Question[] {
  const server = dnsServerOf(environment);
  const records = dnsRecords(environment).filter(({ name }) => !name.includes('*'));
  const ask = (name: string, type: DnsAsk['type']): DnsAsk => ({ kind: 'dns', server, name, type });
  const asked = new Map<string, Question>();
  for (const record of records) {
    if (!isAskable(record)) continue;
    const name = fullName(environment, record);
    const same = records.filter(
      (dnsRecord) => dnsRecord.name === record.name && dnsRecord.type === record.type,
    );
    asked.set(`${name} ${record.type}`, {
      ask: ask(name, record.type),
      answers: same.map(({ value }) => value),
    });
    const addresses = addressesOf(environment, records, name);
    if (record.type === 'CNAME' && addresses.length > 0) {
      asked.set(`${name} A`, { ask: ask(name, 'A'), answers: addresses });
    }
  }
  return [...asked.values()];
}

function isAskable(record: DnsRecord): record is DnsRecord & { type: DnsAsk['type'] } {
  return ['A', 'AAAA', 'CNAME', 'TXT'].includes(record.type);
}

function recordProbe({ ask, answers }: Question, vantage: Vantage): Probe {
  return {
    id: `dns/${ask.name}-${ask.type.toLowerCase()}@${vantage.replace('host:', '')}`,
    level: 'client',
    service: 'dns',
    vantage,
    title: `${ask.name} ${ask.type} is ${answers.join(', ')}`,
    fix: `open port 53 of ${ask.server} to ${vantage === 'controller' ? 'this machine' : vantage.replace('host:', '')}, or deploy dns again`,
    ask,
    expect: { answers },
  };
}
