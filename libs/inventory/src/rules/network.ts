import { canonicalAddress, domainSchema, isInRange, machineAddressSchema } from '@ai-stack/core';
import { ownServerMode, resolverOf } from '../declared';
import { nearest } from '../nearest';
import { repeated, servicesOf, whole, type Rule } from './rule';
import { valueAt } from '../values';

/** dns.host and ingress.host are hosts of the environment. */
const checkHostNames: Rule = ({ dns, ingress, hosts }, report) => {
  const names = hosts.map(({ name }) => name);
  if (names.length === 0) return;
  for (const source of [dns, ingress]) {
    const host = valueAt(source.content, ['host']);
    if (typeof host !== 'string' || host === 'TODO' || names.includes(host)) continue;
    const near = nearest(host, names);
    report(
      source,
      ['host'],
      `there is no host ${JSON.stringify(host)}, allowed: ${names.join(', ')}`,
      near === undefined ? `write hosts/${host}.yaml, or name another` : `did you mean ${near}?`,
    );
  }
};

/** What dns.yaml must have, and may not have, where the operator's own server has the records, and elsewhere. */
const dnsKeys = {
  own: {
    needed: { server: 'the address of the DNS server that has the records' },
    refused: ['host', 'upstreams', 'ttlSeconds', 'contact', 'extraRecords'],
    why: `the stack serves no zone with mode: ${ownServerMode}`,
  },
  ours: {
    needed: {
      host: 'the name of a host',
      upstreams: 'a list of addresses',
    },
    refused: ['server'],
    why: `server is for mode: ${ownServerMode}`,
  },
};

/** dns.yaml has the keys of its mode, and no others. */
const checkDnsKeys: Rule = ({ dns }, report) => {
  const mode = valueAt(dns.content, ['mode']);
  if (typeof mode !== 'string' || mode === 'TODO') return;
  const { needed, refused, why } = mode === ownServerMode ? dnsKeys.own : dnsKeys.ours;
  for (const [key, allowed] of Object.entries(needed)) {
    if (valueAt(dns.content, [key]) !== undefined) continue;
    report(dns, [key], `the key ${key} is missing, allowed: ${allowed}`, `add ${key}: ...`);
  }
  for (const key of refused) {
    if (valueAt(dns.content, [key]) === undefined) continue;
    report(dns, [key], `${key} has no effect: ${why}`, `remove it, or change mode (${mode})`);
  }
};

/** The service that would answer for the zone is placed nowhere while the operator's own server has the records. */
const checkNoResolver: Rule = ({ dns, hosts, contracts }, report) => {
  if (valueAt(dns.content, ['mode']) !== ownServerMode) return;
  const resolvers = contracts.filter(({ value }) => value?.dnsMode !== undefined);
  for (const host of hosts) {
    for (const { name, value } of resolvers) {
      const at = servicesOf(host).indexOf(name);
      if (at === -1) continue;
      report(
        host,
        ['services', at],
        `${name} would answer for the zone, and mode: ${ownServerMode} in dns.yaml leaves it to your own server`,
        `remove ${name} here, or write mode: ${value?.dnsMode ?? ''} with host and upstreams in dns.yaml`,
      );
    }
  }
};

/** The DNS host runs the service that answers for the zone in this mode. */
const checkDnsHost: Rule = ({ dns, hosts, contracts }, report) => {
  const resolver = resolverOf(contracts, valueAt(dns.content, ['mode']));
  if (resolver === undefined) return;
  const host = hosts.find(({ name }) => name === valueAt(dns.content, ['host']));
  if (host === undefined || !Array.isArray(valueAt(host.content, ['services']))) return;
  if (servicesOf(host).includes(resolver)) return;
  report(
    dns,
    ['host'],
    `${host.name} is named in dns.yaml, but the service ${resolver} is not placed there`,
    `add ${resolver} to services in ${host.file}, or name another host`,
  );
};

/** The DNS host does not ask itself what it does not know: each question would go round, or end the server. */
const checkUpstreams: Rule = ({ dns, hosts, contracts }, report) => {
  if (resolverOf(contracts, valueAt(dns.content, ['mode'])) === undefined) return;
  const host = hosts.find(({ name }) => name === valueAt(dns.content, ['host']));
  const address = valueAt(host?.content, ['address']);
  const upstreams = valueAt(dns.content, ['upstreams']);
  if (host === undefined || typeof address !== 'string' || !Array.isArray(upstreams)) return;
  upstreams.forEach((upstream, at) => {
    if (typeof upstream !== 'string' || canonical(upstream) !== canonical(address)) return;
    report(
      dns,
      ['upstreams', at],
      `${upstream} is the address of ${host.name}, which is to answer itself: it would ask itself for what it does not know`,
      'name a resolver that answers for all other names, such as your router or one of your provider',
    );
  });
};

/** No two hosts have one address or one DNS name. */
const checkHostsDiffer: Rule = ({ hosts }, report) => {
  for (const key of ['fqdn', 'address']) {
    const given = hosts.flatMap((source) => {
      const value = valueAt(source.content, [key]);
      return typeof value === 'string' && value !== 'TODO' ? [{ source, value }] : [];
    });
    for (const { first, again } of repeated(given, ({ value }) => canonical(value))) {
      report(
        again.source,
        [key],
        `${first.source.name} and ${again.source.name} both have the ${key} ${JSON.stringify(again.value)}`,
        `correct the ${key} of one of them`,
      );
    }
  }
};

/** One spelling for each address; other text as it is. */
const canonical = (text: string): string =>
  machineAddressSchema.safeParse(text).success ? canonicalAddress(text) : text;

/** No machine of the environment has an address of the containers' network: they could not reach it. */
const checkSubnets: Rule = ({ settings, dns, hosts }, report) => {
  const upstreams = valueAt(dns.content, ['upstreams']);
  const addresses = [
    ...hosts.map(({ name, content }) => ({ what: name, address: valueAt(content, ['address']) })),
    ...(Array.isArray(upstreams) ? upstreams : []).map((address: unknown) => ({
      what: 'one of the upstreams',
      address,
    })),
  ];
  for (const { source, value } of whole([settings])) {
    for (const key of ['subnet', 'ipv6'] as const) {
      const range = value.network[key];
      if (typeof range !== 'string') continue;
      for (const { what, address } of addresses) {
        if (typeof address !== 'string' || !machineAddressSchema.safeParse(address).success)
          continue;
        if (!isInRange(range, address)) continue;
        report(
          source,
          ['network', key],
          `${range} holds ${address}, the address of ${what}: containers could not reach it`,
          'choose a range that nothing in your network uses, such as 10.210.0.0/24 or fd00:210::/64',
        );
      }
    }
  }
};

/** Where a service of ours answers for the zone, every host's name is inside of it: nobody else would answer. */
const checkFqdns: Rule = ({ settings, dns, hosts, contracts }, report) => {
  const resolver = resolverOf(contracts, valueAt(dns.content, ['mode']));
  const domain = valueAt(settings.content, ['domain']);
  if (!domainSchema.safeParse(domain).success) return;
  if (typeof domain !== 'string' || resolver === undefined) return;
  for (const host of hosts) {
    const fqdn = valueAt(host.content, ['fqdn']);
    if (typeof fqdn !== 'string' || fqdn === 'TODO' || fqdn.endsWith(`.${domain}`)) continue;
    report(
      host,
      ['fqdn'],
      `${JSON.stringify(fqdn)} is outside ${domain}, so ${resolver} cannot answer for it`,
      `use a name under ${domain}, or correct the domain in environment.yaml`,
    );
  }
};

/** Open to the LAN means: the LAN is said. */
const checkLanRanges: Rule = ({ ingress }, report) => {
  for (const { source, value } of whole([ingress])) {
    if (value.apiAccess !== 'lan' || value.lanRanges.length > 0) continue;
    report(
      source,
      ['lanRanges'],
      'apiAccess is lan, but no range is given',
      'list the ranges that may call the API, such as 192.168.0.0/16',
    );
  }
};

/** Applications belong to services that exist. */
const checkApplications: Rule = ({ sso, contracts }, report) => {
  const applications = valueAt(sso.content, ['applications']);
  if (typeof applications !== 'object' || applications === null) return;
  const serviceNames = contracts.map(({ name }) => name);
  for (const service of Object.keys(applications)) {
    if (serviceNames.includes(service)) continue;
    const near = nearest(service, serviceNames);
    report(
      sso,
      ['applications', service],
      `unknown service ${JSON.stringify(service)}, allowed: ${serviceNames.join(', ')}`,
      near === undefined ? 'remove it' : `did you mean ${near}?`,
    );
  }
};

export const networkRules: readonly Rule[] = [
  checkHostNames,
  checkDnsKeys,
  checkNoResolver,
  checkDnsHost,
  checkUpstreams,
  checkHostsDiffer,
  checkSubnets,
  checkFqdns,
  checkLanRanges,
  checkApplications,
];
