import {
  dnsHostOf,
  type NameAnswer,
  type NameQuestion,
  type PreflightContext,
  type BlockedFinding,
} from '@ai-stack/core';
import { hasAnswer } from './has-answer';
import { isZone } from './hidden-records';

/** What an upstream said to a question: its answer, or nothing in time. */
type Reply = NameAnswer | undefined;

/** What one upstream said; `zone` and `other` to names that nobody has, of the zone and of `invalid.` */
export interface UpstreamAnswers {
  authority: Reply;
  zone: Reply;
  other: Reply;
}

/**
 * How these answers show that the upstream forwards the zone to `server`, our name in the zone's SOA record; undefined:
 * they do not. Before the first deploy nothing answers there, and the names of the zone fail while all others do not. Pure.
 */
export function describeCircle(
  { authority, zone, other }: UpstreamAnswers,
  server: string,
): string | undefined {
  const isOurs = authority?.records.some(
    ({ type, value }) => type === 'SOA' && value.toLowerCase().startsWith(`${server} `),
  );
  if (isOurs === true) return 'it answers with our own SOA record';
  if (!hasAnswer(other) || hasAnswer(zone)) return undefined;
  return `it answers for other names, and to a name of the zone that nobody has it says ${zone?.code ?? 'nothing'}`;
}

/** Refuses to forward to an upstream that forwards the zone back to us. */
export async function findCircles(context: PreflightContext): Promise<BlockedFinding[]> {
  const { environment, changing } = context;
  const { settings, dns } = environment;
  const { name: dnsHost, fqdn } = dnsHostOf(environment);
  const server = fqdn.toLowerCase();
  const zones = changing.filter(({ files }) => files.some(isZone));
  const asked = zones.flatMap(({ service, host }) =>
    dns.upstreams.map(async (upstream): Promise<BlockedFinding[]> => {
      const shown = describeCircle(await askUpstream(context, host, upstream, server), server);
      if (shown === undefined) return [];
      const blocked = {
        guard: 'zone-circle',
        reason: `upstream ${upstream} seems to forward ${settings.domain} to ${dnsHost}, which would send it back what the zone does not hold: ${shown}`,
        fix: `take the forwarding of ${settings.domain} out of ${upstream}, or name other upstreams in libs/inventory/environments/${environment.name}/dns.yaml`,
      };
      return [{ service, host, blocked }];
    }),
  );
  return (await Promise.all(asked)).flat();
}

async function askUpstream(
  { environment, askNames }: PreflightContext,
  host: string,
  upstream: string,
  server: string,
): Promise<UpstreamAnswers> {
  const ask = async (name: string, type: NameQuestion['type']): Promise<Reply> => {
    try {
      return (await askNames(host, upstream, [{ name, type }]))?.[0];
    } catch {
      return undefined;
    }
  };
  const { domain } = environment.settings;
  const authority = await ask(domain, 'SOA');
  const answers = { authority, zone: undefined, other: undefined };
  // A resolver that runs answers this one itself. Another question would already go round in the circle.
  if (describeCircle(answers, server) !== undefined) return answers;
  const label = crypto.randomUUID();
  const [zone, other] = await Promise.all([
    ask(`${label}.${domain}`, 'A'),
    ask(`${label}.invalid`, 'A'),
  ]);
  return { authority, zone, other };
}
