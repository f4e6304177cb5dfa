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

/**
 * CoreDNS' configuration. Our zone is answered without a cache, so that a reloaded zone shows at once; what it does
 * not hold (`_acme-challenge` among it) and every other name goes to the upstreams, in their order: the second may not
 * know what the first does. One that is down is left out after two questions of 2 s, until it answers again.
 */
export function renderCorefile({ domain, dns, zoneFile, port, zoneReload }: CorefileParts): string {
  const upstreams = dns.upstreams.map((address) =>
    address.includes(':') ? `[${address}]` : address,
  );
  const forward = `forward . ${upstreams.join(' ')} {
        policy sequential
    }`;
  return `${domain}:${port} {
    errors
    file ${zoneFile} ${domain} {
        reload ${zoneReload}
        fallthrough
    }
    ${forward}
}

.:${port} {
    errors
    cache 30
    loop
    health :8080
    ready :8181
    ${forward}
}
`;
}
