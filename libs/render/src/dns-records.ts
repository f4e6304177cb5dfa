import {
  addressSchema,
  badInput,
  domainSchema,
  hostOf,
  hostsOf,
  throwAll,
  type Environment,
  type ExtraRecord,
  type StackError,
} from '@ai-stack/core';

/** One record of the environment's zone. */
export interface DnsRecord {
  /** Relative to the zone; `@` is the apex. */
  name: string;
  type: ExtraRecord['type'];
  /** Names in it are full and without the trailing dot. */
  value: string;
}

interface Candidate extends DnsRecord {
  /** Where it comes from, for the error. */
  origin: string;
  extra: boolean;
}

const name = '[A-Za-z0-9_*](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?\\.?';
const valuePatterns: Partial<Record<ExtraRecord['type'], RegExp>> = {
  MX: new RegExp(`^\\d{1,5} ${name}$`),
  SRV: new RegExp(`^\\d{1,5} \\d{1,5} \\d{1,5} ${name}$`),
  CAA: /^\d{1,3} [a-z0-9]+ "[^"\\]*"$/,
};

/**
 * Every record of the environment, sorted: addresses of the hosts, an alias for each label in use, and the extra ones.
 * Hosts outside of the zone get none. Throws all conflicts together as StackErrors.
 */
export function dnsRecords(environment: Environment): DnsRecord[] {
  const candidates = [
    ...hostRecords(environment),
    ...labelRecords(environment),
    ...extraRecords(environment),
  ];
  throwAll(
    [...badValues(environment, candidates), ...conflicts(environment, candidates)],
    'the DNS records contradict each other',
  );
  const unique = new Map(candidates.map((record) => [keyOf(record), record]));
  return [...unique.values()]
    .map(({ name: owner, type, value }) => ({ name: owner, type, value }))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** The full name of a record, without the trailing dot. */
export function fullName(environment: Environment, record: Pick<DnsRecord, 'name'>): string {
  const { domain } = environment.settings;
  return record.name === '@' ? domain : `${record.name}.${domain}`;
}

/** The addresses in which an A or AAAA question for a name ends, following aliases inside the zone. */
export function addressesOf(
  environment: Environment,
  records: readonly DnsRecord[],
  asked: string,
  depth = 0,
): string[] {
  const own = records.filter((record) => fullName(environment, record) === asked);
  const alias = own.find(({ type }) => type === 'CNAME');
  if (alias !== undefined && depth < 8) {
    return addressesOf(environment, records, alias.value, depth + 1);
  }
  return own.filter(({ type }) => type === 'A').map(({ value }) => value);
}

function hostRecords(environment: Environment): Candidate[] {
  return environment.hosts.flatMap((host) => {
    const owner = relativeName(host.fqdn, environment.settings.domain);
    if (owner === undefined) return [];
    const type = host.address.includes(':') ? 'AAAA' : 'A';
    return [
      {
        name: owner,
        type,
        value: host.address,
        origin: `host ${host.name}`,
        extra: false,
      } as const,
    ];
  });
}

function labelRecords(environment: Environment): Candidate[] {
  return environment.services.flatMap(({ contract }) => {
    const hosts = hostsOf(environment, contract.name);
    const [first] = hosts;
    if (first === undefined) return [];
    return contract.endpoints.flatMap(({ label, exposure, name: endpoint }) => {
      if (label === undefined) return [];
      const alias = (owner: string, value: string): Candidate => ({
        name: owner,
        type: 'CNAME',
        value,
        origin: `endpoint ${endpoint} of ${contract.name}`,
        extra: false,
      });
      if (exposure === 'public')
        return [alias(label, hostOf(environment, environment.ingress.host).fqdn)];
      const each = hosts.map((host) => alias(`${label}-${host.name}`, host.fqdn));
      return [alias(label, first.fqdn), ...(hosts.length > 1 ? each : [])];
    });
  });
}

function extraRecords(environment: Environment): Candidate[] {
  return environment.dns.extraRecords.map((record) => ({
    ...record,
    value: ['TXT', 'CAA'].includes(record.type) ? record.value : record.value.replace(/\.$/, ''),
    origin: 'extraRecords',
    extra: true,
  }));
}

function badValues(environment: Environment, candidates: readonly Candidate[]): StackError[] {
  return candidates
    .filter((record) => record.extra && !isValue(record))
    .map((record) =>
      badInput(
        `${record.name} ${record.type}: ${JSON.stringify(record.value)} is not a valid value of that type`,
        {
          where: whereOf(environment),
          fix: 'write it as in a zone file, with full names',
        },
      ),
    );
}

function isValue({ type, value }: DnsRecord): boolean {
  if (type === 'TXT') return true;
  if (type === 'A' || type === 'AAAA') {
    return addressSchema.safeParse(value).success && value.includes(':') === (type === 'AAAA');
  }
  if (type === 'CNAME' || type === 'NS') return domainSchema.safeParse(value).success;
  return valuePatterns[type]?.test(value) ?? false;
}

/** A name with an alias has nothing else; an address that we derive is not stated otherwise; a label is used once. */
function conflicts(environment: Environment, candidates: readonly Candidate[]): StackError[] {
  const errors: StackError[] = [];
  for (const [index, candidate] of candidates.entries()) {
    for (const rival of candidates.slice(index + 1)) {
      if (candidate.name !== rival.name || !contradicts(candidate, rival)) continue;
      errors.push(
        badInput(
          `${fullName(environment, candidate)} would be ${candidate.type} ${candidate.value} (${candidate.origin}) and ` +
            `${rival.type} ${rival.value} (${rival.origin})`,
          { where: whereOf(environment), fix: 'rename one of them, or remove the extra record' },
        ),
      );
    }
  }
  return errors;
}

function contradicts(left: Candidate, right: Candidate): boolean {
  const sameData = left.type === right.type && left.value === right.value;
  if (left.type === 'CNAME' || right.type === 'CNAME')
    return !sameData || (!left.extra && !right.extra);
  if (left.type !== right.type) return false;
  return !sameData && (!left.extra || !right.extra);
}

function whereOf(environment: Environment) {
  return {
    environment: environment.name,
    file: `libs/inventory/environments/${environment.name}/dns.yaml`,
    key: 'extraRecords',
  };
}

function relativeName(fqdn: string, domain: string): string | undefined {
  if (fqdn === domain) return '@';
  return fqdn.endsWith(`.${domain}`) ? fqdn.slice(0, -domain.length - 1) : undefined;
}

function keyOf({ name: owner, type, value }: DnsRecord): string {
  return [owner === '@' ? '' : owner, type, value].join('\u0000');
}
