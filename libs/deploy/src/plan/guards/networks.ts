import { rangesOverlap, type ReleaseNetwork } from '@ai-stack/core';
import { choosesIpv6Range, type NetworkFact } from '@ai-stack/docker';
import type { Guard } from './guard';

/** A network of ours that is there with other settings: Docker changes none of them while it exists. */
export const networkDiffers: Guard = {
  name: 'network-differs',
  isOverridable: true,
  check: ({ environment, networks }, { engine, host }) =>
    networks
      .filter(({ ours }) => ours)
      .flatMap((wanted) => {
        const fact = engine.networks.find(({ name }) => name === wanted.name);
        const differences = fact === undefined ? [] : differencesOf(wanted, fact);
        if (differences.length === 0) return [];
        return [
          {
            reason: `the network ${wanted.name} on ${host} ${differences.join(', and ')}; an existing network cannot be changed`,
            fix: `give it another network.name in libs/inventory/environments/${environment}/environment.yaml and deploy everything: that makes it, and moves the containers into it. Then docker network rm ${wanted.name} on each host`,
          },
        ];
      }),
};

/** What is not wanted is not compared. */
function differencesOf({ subnet, mtu, ipv6 }: ReleaseNetwork, fact: NetworkFact): string[] {
  const ranges = [subnet, ipv6].filter((range) => typeof range === 'string');
  const missing = ranges.filter((range) => !fact.subnets.includes(range));
  const has = fact.subnets.join(' and ') || 'none';
  const hasIpv6 = fact.hasIpv6 ? 'has IPv6' : 'has no IPv6';
  return [
    ...missing.map((range) => `has the range ${has}, not ${range}`),
    ...(mtu === undefined || (fact.mtu ?? defaultMtu) === mtu
      ? []
      : [`has the MTU ${fact.mtu ?? defaultMtu}, not ${mtu}`]),
    ...(ipv6 === undefined || (ipv6 !== false) === fact.hasIpv6 ? [] : [hasIpv6]),
  ];
}

/** Of a Docker bridge that says nothing of it. */
const defaultMtu = 1500;

/** A network that cannot be made as it is wanted: its range is taken, or the engine chooses none for IPv6. */
export const networkImpossible: Guard = {
  name: 'network-impossible',
  isOverridable: false,
  check: ({ environment, networks }, { engine, host }) => {
    const present = engine.networks.map(({ name }) => name);
    const created = networks.filter(({ name, ours }) => ours && !present.includes(name));
    const file = `libs/inventory/environments/${environment}/environment.yaml`;
    const taken = created.flatMap(({ name, subnet, ipv6 }) =>
      [subnet, ipv6]
        .filter((range) => typeof range === 'string')
        .flatMap((range) =>
          engine.networks.flatMap((network) =>
            network.subnets
              .filter((used) => rangesOverlap(used, range))
              .map((used) => ({
                reason: `the range ${range} of the network ${name} overlaps ${used}, which the network ${network.name} on ${host} has`,
                fix: `choose another range for network in ${file}, or remove that network: docker network rm ${network.name}`,
              })),
          ),
        ),
    );
    const lacksRange = created
      .filter(({ ipv6 }) => ipv6 === true && !choosesIpv6Range(engine.engineVersion))
      .map(({ name }) => ({
        reason: `Docker Engine ${engine.engineVersion} on ${host} chooses no IPv6 range for the network ${name}: 27 does`,
        fix: `upgrade docker-ce there; or write a range into ${file}, such as network: { ipv6: "fd00:210::/64" }, and "ip6tables": true and "experimental": true into daemon.json there`,
      }));
    return [...taken, ...lacksRange];
  },
};
