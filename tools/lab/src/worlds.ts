import { InvalidArgumentError } from 'commander';

/** The worlds that the lab knows, each with what it is; `sh/worlds.sh` makes them. */
export const worlds: Readonly<Record<string, string>> = {
  collector: 'an nginx in front of Traefik that collects answers (trusted)',
  dns53: 'another DNS server on port 53 (trusted)',
  ipv6: 'hosts and engines with IPv6',
  'late-address': 'an address that comes 20 s after Docker at boot (trusted)',
  nofile: 'engines that give a container 1024 open files',
  offline: 'no internet, but a registry mirror below a path (all but trusted)',
  router: 'a home router that resolves names and forwards the zone, and a second provider',
  ufw: 'a firewall: ufw, with the rules of ufw-docker (all but trusted)',
};

/** Adds the worlds of one `--world` to those before it. Throws, naming all that are known, when one is not. */
export function addWorlds(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !Object.hasOwn(worlds, name));
  if (unknown.length > 0) {
    const shown = unknown.map((name) => `'${name}'`).join(', ');
    throw new InvalidArgumentError(
      `There is no world ${shown}. The lab knows: ${Object.keys(worlds).join(', ')}.`,
    );
  }
  return [...new Set([...before, ...names])].sort();
}
