import {
  dnsHostOf,
  hostOf,
  type Environment,
  type PreflightContext,
  type BlockedFinding,
} from '@ai-stack/core';
import { addressesOf, dnsRecords } from '@ai-stack/render';
import { hasAnswer } from './has-answer';

/**
 * The names of programs of the operator that containers and browsers must resolve, that lie in our zone, and that the
 * zone does not hold. Pure.
 */
export function namesLeftOut(environment: Environment): string[] {
  const { dns, settings, sso } = environment;
  if (dns.mode !== 'coredns') return [];
  const name = new URL(sso.url).hostname.toLowerCase();
  const isInZone = name === settings.domain || name.endsWith(`.${settings.domain}`);
  if (!isInZone) return [];
  const records = dnsRecords(environment);
  const owner = name === settings.domain ? '@' : name.slice(0, -settings.domain.length - 1);
  const hasRecord =
    addressesOf(environment, records, name).length > 0 ||
    records.some(({ name: owned, type }) =>
      owned === owner
        ? ['A', 'AAAA', 'CNAME'].includes(type)
        : owned.startsWith('*') && owner.endsWith(owned.slice(1)),
    );
  return hasRecord ? [] : [name];
}

/** Refuses to take over a zone in which the login would have no address, with the record to add. */
export async function findUnresolvedNames(context: PreflightContext): Promise<BlockedFinding[]> {
  const { environment, changing, addressHere } = context;
  const [first] = changing;
  if (first === undefined) return [];
  const { service, host } = changing.find((release) => release.service === 'dns') ?? first;
  const findings: BlockedFinding[] = [];
  for (const name of namesLeftOut(environment)) {
    if ((await isUpstream(name, context)) !== false) continue;
    const address = await addressHere(name);
    findings.push({ service, host, blocked: blockedBy(environment, name, address) });
  }
  return findings;
}

/** Whether an upstream of ours has an address for the name; undefined: none of them answered. */
async function isUpstream(
  name: string,
  { environment, askNames }: PreflightContext,
): Promise<boolean | undefined> {
  const host = dnsHostOf(environment).name;
  const questions = (['A', 'AAAA'] as const).map((type) => ({ name, type }));
  let isAnswered = false;
  for (const upstream of environment.dns.upstreams) {
    try {
      const answers = await askNames(host, upstream, questions);
      if (answers === undefined) return undefined;
      if (answers.some(({ records }) => records.length > 0)) return true;
      isAnswered ||= answers.every(hasAnswer);
    } catch {
      // The next one may answer; that none does is said where hidden records are looked for.
    }
  }
  return isAnswered ? false : undefined;
}

function blockedBy(
  environment: Environment,
  name: string,
  address: string | undefined,
): BlockedFinding['blocked'] {
  const { ingress, settings } = environment;
  const owner = name === settings.domain ? '@' : name.slice(0, -settings.domain.length - 1);
  const type = address?.includes(':') === true ? 'AAAA' : 'A';
  const record =
    address === undefined
      ? `{ name: '${owner}', type: CNAME, value: ${hostOf(environment, ingress.host).fqdn} } (if it is behind your Traefik; else type A and its address)`
      : `{ name: '${owner}', type: ${type}, value: '${address}' }`;
  return {
    guard: 'unresolved-name',
    reason: `${name} (sso.url) is in the zone that the stack answers for, which does not have it, nor has any upstream: nobody who uses ${dnsHostOf(environment).name} for DNS could log in`,
    fix: `add ${record} to extraRecords in libs/inventory/environments/${environment.name}/dns.yaml`,
  };
}
