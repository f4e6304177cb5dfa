import { deniedHosts, mayNotAsk } from './finding';
import type { Survey } from './survey';
import { traefikOf } from './find-ingress';

const leaveZone =
  'port 53: another DNS server is here, so ours cannot be; mode: none in dns.yaml leaves the zone to it (apps/dns/README.md)';

/** What a person has to confirm or to know of a host: its keys, its engine, who owns port 53. Pure. */
export function noteHost(survey: Survey): { host: string; lines: string[] } {
  const traefik = traefikOf(survey);
  const lines = [
    ...survey.hostKeys.map((key) => `host key, confirm at its console: ${key}`),
    ...(deniedHosts({ surveys: [survey] }).length > 0
      ? mayNotAsk([survey.host]).lines
      : [`Docker Engine: ${survey.engine}`]),
    ...ownersOfPort53(survey),
    ...(traefik === undefined ? [] : [`Traefik: ${traefik.name} (${traefik.image})`]),
  ];
  return { host: survey.host, lines };
}

function ownersOfPort53({ port53, containers }: Survey): string[] {
  if (port53.length === 0) return ['port 53: free'];
  const byOwner = new Map<string, string[]>();
  for (const { socket, owner } of port53) {
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), socket]);
  }
  const owners = [...byOwner].map(
    ([owner, sockets]) => `port 53: ${[...new Set(sockets)].join(', ')} held by ${owner}`,
  );
  const isOurs = containers.some(({ name }) => name.startsWith('ai-dns-'));
  const isTaken = port53.some(({ socket }) => !/ (?:127\.|\[::1\])/.test(socket));
  return isTaken && !isOurs ? [...owners, leaveZone] : owners;
}
