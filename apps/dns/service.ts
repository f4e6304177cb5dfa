import { badInput, defineService, composeDurationSchema, type RenderContext } from '@ai-stack/core';
import { baseOptions } from '@ai-stack/render';
import { z } from 'zod';
import { renderCorefile } from './corefile';
import { dnsProbes } from './dns-probes';
import { findCircles } from './hooks/circle';
import { findHiddenRecords } from './hooks/hidden-records';
import { findMissingRecords, ownServerProbes } from './hooks/own-server';
import { findUnresolvedNames } from './hooks/unresolved-names';
import { zoneReloaded } from './hooks/zone-reloaded';
import { renderZone, serialPlaceholder } from './zone';

// Above 1023, so that CoreDNS needs no right of its own to open it.
const containerPort = 1053;

const options = z.strictObject({
  ...baseOptions,
  zoneReload: composeDurationSchema
    .default('30s')
    .describe('How often CoreDNS looks for a new serial in the zone file'),
});
type Context = RenderContext<z.infer<typeof options>>;

export default defineService({
  options,
  render(context) {
    refuseOtherModes(context);
    const { environment, dataPath } = context;
    const zoneName = `db.${environment.settings.domain}`;
    const config = dataPath('config');
    const zones = dataPath('zones');
    const { image, memory, cpus, zoneReload } = context.options;
    return {
      containers: {
        dns: {
          image,
          assumes: { entrypoints: ['/coredns'] },
          memory,
          cpus,
          command: ['-conf', '/etc/coredns/config/Corefile'],
          mounts: [
            { source: config, target: '/etc/coredns/config', readOnly: true },
            { source: zones, target: '/etc/coredns/zones', readOnly: true },
          ],
          publish: [{ endpoint: 'dns', containerPort, protocols: ['tcp', 'udp'] }],
          // No health check: the image holds the program and nothing else. Probes ask from outside.
          stopGracePeriod: '10s',
          readOnly: true,
          capDrop: ['ALL'],
          // The file carries this capability; without it in reach the kernel refuses to start the program.
          capAdd: ['NET_BIND_SERVICE'],
        },
      },
      files: [
        {
          path: `${config}/Corefile`,
          content: renderCorefile({
            domain: environment.settings.domain,
            dns: environment.dns,
            zoneFile: `/etc/coredns/zones/${zoneName}`,
            port: containerPort,
            zoneReload,
          }),
        },
        {
          path: `${zones}/${zoneName}`,
          content: renderZone(environment),
          onChange: 'reload',
          serialPlaceholder,
        },
      ],
      directories: [config, zones].map((path) => ({ path, purpose: 'config' })),
      probes: dnsProbes(context),
    };
  },
  hooks: {
    preflight: async (context) => {
      const checks = [findHiddenRecords, findUnresolvedNames, findCircles].map((find) =>
        find(context),
      );
      return (await Promise.all(checks)).flat();
    },
    reloaded: zoneReloaded,
    // With mode: none, which refuses to place it.
    unplaced: { probes: ownServerProbes, preflight: findMissingRecords },
  },
});

function refuseOtherModes({ environment, host }: Context): void {
  const where = {
    environment: environment.name,
    service: 'dns',
    file: `libs/inventory/environments/${environment.name}/dns.yaml`,
  };
  if (environment.dns.mode === 'rfc2136') {
    throw badInput('mode rfc2136 is not built yet', {
      where: { ...where, key: 'mode' },
      fix: 'use mode: coredns, or mode: none: then your own server has the records, and dns is not placed',
    });
  }
  if (environment.dns.host !== host.name) {
    throw badInput(`dns is placed on ${host.name}, but dns.yaml names ${environment.dns.host}`, {
      where: { ...where, key: 'host' },
      fix: `place dns on ${environment.dns.host}, and nowhere else`,
    });
  }
}
