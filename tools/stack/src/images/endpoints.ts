import { BlockList, isIP, isIPv6 } from 'node:net';
import type { RegistrySettings } from '@ai-stack/docker';

/** An image's name, taken apart as engines do it. */
export interface ImageName {
  /** `host[:port]` */
  registry: string;
  /** With `library/` for the official images of Docker Hub. */
  repository: string;
  /** A digest where the name has one, else the tag. */
  reference: string;
}

/** One address at which a registry may be. */
export interface Endpoint {
  /** Without a path. */
  origin: string;
  /** Whether its certificate has to be one that is trusted. */
  isVerified: boolean;
}

const dockerHub = 'docker.io';
/** Docker Hub answers for its images under another name. */
const hubRegistry = 'registry-1.docker.io';

/** Takes an image's name apart. Its form was checked when the options were read. */
export function parseImageName(image: string): ImageName {
  const [named = '', digest] = image.split('@');
  const [, name = named, tag = 'latest'] = /^(.+):([^:/]+)$/.exec(named) ?? [];
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? first : dockerHub;
  const path = hasRegistry ? rest.join('/') : name;
  const isOfficial = registry === dockerHub && !path.includes('/');
  return {
    registry,
    repository: isOfficial ? `library/${path}` : path,
    reference: digest ?? tag,
  };
}

/**
 * Where an engine looks for the images of a registry, in its order: its mirrors for Docker Hub first; a registry that it
 * was told to be insecure without a trusted certificate, and then without any.
 */
export function endpointsOf(registry: string, settings: RegistrySettings): Endpoint[] {
  if (registry === dockerHub) {
    const mirrors = settings.mirrors.flatMap((mirror) => {
      if (!URL.canParse(mirror)) return [];
      const { origin, host } = new URL(mirror);
      return [{ origin, isVerified: !isInsecure(host, settings) }];
    });
    return [...mirrors, { origin: `https://${hubRegistry}`, isVerified: true }];
  }
  if (!isInsecure(registry, settings)) return [{ origin: `https://${registry}`, isVerified: true }];
  return ['https', 'http'].map((scheme) => ({
    origin: `${scheme}://${registry}`,
    isVerified: false,
  }));
}

/** By its name, or by an address in one of the ranges. The engine always has the loopback among them. */
function isInsecure(registry: string, { insecure }: RegistrySettings): boolean {
  if (insecure.includes(registry)) return true;
  const host = registry.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (host === 'localhost') return true;
  if (isIP(host) === 0) return false;
  const ranges = new BlockList();
  for (const range of ['127.0.0.0/8', '::1/128', ...insecure]) {
    const [net = '', prefix = ''] = range.split('/');
    if (isIP(net) === 0 || !/^\d{1,3}$/.test(prefix)) continue;
    ranges.addSubnet(net, Number(prefix), isIPv6(net) ? 'ipv6' : 'ipv4');
  }
  return ranges.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}
