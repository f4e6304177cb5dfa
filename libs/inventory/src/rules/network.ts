import { domainSchema } from '@ai-stack/core';
import { nearest } from '../nearest';
import { repeated, servicesOf, whole, type Rule } from './rule';
import { valueAt } from '../values';

/** dns.host and ingress.host are hosts of the environment. */
const judgeHostNames: Rule = ({ dns, ingress, hosts }, report) => {
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

/** In mode coredns the DNS host runs the service `dns`. */
const judgeDnsHost: Rule = ({ dns, hosts }, report) => {
  if (valueAt(dns.content, ['mode']) !== 'coredns') return;
  const host = hosts.find(({ name }) => name === valueAt(dns.content, ['host']));
  if (host === undefined || !Array.isArray(valueAt(host.content, ['services']))) return;
  if (servicesOf(host).includes('dns')) return;
  report(
    dns,
    ['host'],
    `${host.name} is to answer for the zone, but the service dns is not placed there`,
    `add dns to services in ${host.file}, or name another host`,
  );
};

/** No two hosts have one address or one DNS name. */
const judgeHostsDiffer: Rule = ({ hosts }, report) => {
  for (const key of ['fqdn', 'address']) {
    const given = hosts.flatMap((source) => {
      const value = valueAt(source.content, [key]);
      return typeof value === 'string' && value !== 'TODO' ? [{ source, value }] : [];
    });
    for (const { first, again } of repeated(given, ({ value }) => value)) {
      report(
        again.source,
        [key],
        `${first.source.name} and ${again.source.name} both have the ${key} ${JSON.stringify(again.value)}`,
        `correct the ${key} of one of them`,
      );
    }
  }
};

/** In mode coredns every host's name lies inside the zone: nobody else would answer for it. */
const judgeFqdns: Rule = ({ settings, dns, hosts }, report) => {
  const domain = valueAt(settings.content, ['domain']);
  if (!domainSchema.safeParse(domain).success) return;
  if (typeof domain !== 'string' || valueAt(dns.content, ['mode']) !== 'coredns') return;
  for (const host of hosts) {
    const fqdn = valueAt(host.content, ['fqdn']);
    if (typeof fqdn !== 'string' || fqdn === 'TODO' || fqdn.endsWith(`.${domain}`)) continue;
    report(
      host,
      ['fqdn'],
      `${JSON.stringify(fqdn)} lies outside of ${domain}, so our CoreDNS cannot answer for it`,
      `use a name under ${domain}, or correct the domain in environment.yaml`,
    );
  }
};

/** Open to the LAN means: the LAN is said. */
const judgeLanRanges: Rule = ({ ingress }, report) => {
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
const judgeApplications: Rule = ({ sso, contracts }, report) => {
  const applications = valueAt(sso.content, ['applications']);
  if (typeof applications !== 'object' || applications === null) return;
  const known = contracts.map(({ name }) => name);
  for (const service of Object.keys(applications)) {
    if (known.includes(service)) continue;
    const near = nearest(service, known);
    report(
      sso,
      ['applications', service],
      `unknown service ${JSON.stringify(service)}, allowed: ${known.join(', ')}`,
      near === undefined ? 'remove it' : `did you mean ${near}?`,
    );
  }
};

export const networkRules: readonly Rule[] = [
  judgeHostNames,
  judgeDnsHost,
  judgeHostsDiffer,
  judgeFqdns,
  judgeLanRanges,
  judgeApplications,
];
