import { dnsServerOf, nxRun, type Probe, type ReloadedContext } from '@ai-stack/core';

/**
 * That the resolver answers with the new serial, asked from the DNS host itself, so that it works wherever this machine
 * is. A file without a serial shows nothing.
 */
export function zoneReloaded({ environment, release, file }: ReloadedContext): Probe | undefined {
  if (file.serial === undefined) return undefined;
  return {
    id: `${release.service}/serial`,
    level: 'client',
    service: release.service,
    vantage: `host:${release.host}`,
    title: 'the zone was reloaded',
    fix: `${nxRun(environment.name, `${release.service}:logs`)} shows why`,
    ask: {
      kind: 'dns',
      server: dnsServerOf(environment),
      name: environment.settings.domain,
      type: 'SOA',
    },
    expect: { answers: [`* * ${file.serial}`] },
  };
}
