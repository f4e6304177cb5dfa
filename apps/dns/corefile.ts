import type { Dns } from '@ai-stack/core';

/** What a Corefile is made of. */
export interface CorefileParts {
  domain: string;
  dns: Dns;
  /** Path of the zone file inside the container. */
  zoneFile: string;
  port: number;
  zoneReload: string;
}

// Far more than wait at a time while the upstreams answer.
const mostForZone = 100;
const mostForOthers = 1000;

/**
 * CoreDNS' configuration. Our zone is answered without a cache, so that a reloaded zone shows at once; what it does
 * not hold (`_acme-challenge` among it) and every other name goes to the upstreams, in their order: the second may not
 * know what the first does. One that is down is left out after two questions of 2 s, until it answers again.
 *
 * An upstream may forward to us what we forward to it. Each round of such a circle is one more question that waits here,
 * so a limit on them ends it within a second, while the names of the zone are answered. The plugin `loop` would look once,
 * at the start, and end the program.
 */
export function renderCorefile({ domain, dns, zoneFile, port, zoneReload }: CorefileParts): string {
  const upstreams = dns.upstreams.map((address) =>
    address.includes(':') ? `[${address}]` : address,
  );
  const forward = (mostAtOnce: number): string => `forward . ${upstreams.join(' ')} {
        policy sequential
        max_concurrent ${mostAtOnce}
    }`;
  return `${domain}:${port} {
    errors
    file ${zoneFile} ${domain} {
        reload ${zoneReload}
        fallthrough
    }
    ${forward(mostForZone)}
}

.:${port} {
    errors
    cache 30
    health :8080
    ready :8181
    ${forward(mostForOthers)}
}
`;
}
