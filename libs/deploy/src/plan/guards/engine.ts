import {
  composeFloor,
  composeTooOld as isComposeTooOld,
  engineFloor,
  engineTooOld as isEngineTooOld,
  findImage,
  hasStartInterval,
} from '@ai-stack/docker';
import { formatGiB, type Guard } from './guard';
import { dockerRoot } from '../../facts/host-facts';
import { composePath } from '../../state-files';

/** The free GiB that a deploy needs to begin; images need more because they are unpacked. */
const spaceFloorGiB = { files: 0.1, images: 1 };

/** A network that others own, such as Traefik's, has to exist already. */
export const networkMissing: Guard = {
  name: 'network-missing',
  isOverridable: false,
  check: (release, facts) => {
    const present = new Set(facts.engine.networks.map((network) => network.name));
    return release.networks
      .filter((network) => !network.ours && !present.has(network.name))
      .map(({ name }) => ({
        reason: `the network ${name} does not exist on ${facts.host}`,
        fix: `start Traefik there, or set ingress.network to the network that Traefik is in`,
      }));
  },
};

/** An engine that does not know what the compose file uses: `start_interval` came with 25. */
export const engineTooOld: Guard = {
  name: 'engine-too-old',
  isOverridable: false,
  check: (release, facts) => {
    const compose = release.files.find((file) => file.path === composePath(release))?.content ?? '';
    const { engineVersion } = facts.engine;
    const lacksInterval = compose.includes('start_interval') && !hasStartInterval(engineVersion);
    if (!isEngineTooOld(engineVersion) && !lacksInterval) return [];
    const floor = lacksInterval ? 'Docker Engine 25 or newer' : engineFloor;
    return [
      {
        reason: `Docker Engine ${engineVersion} on ${facts.host} is too old: ${floor} is needed`,
        fix: 'upgrade docker-ce there (https://docs.docker.com/engine/install/)',
      },
    ];
  },
};

/** Only asked once something is to be done. */
export const composeTooOld: Guard = {
  name: 'compose-too-old',
  isOverridable: false,
  check: (_release, facts) => {
    if (facts.details === undefined) return [];
    const version = facts.details.composeVersion;
    if (version !== undefined && !isComposeTooOld(version)) return [];
    const state = version === undefined ? 'is not installed' : `${version} is too old`;
    return [
      {
        reason: `Docker Compose on ${facts.host} ${state}: ${composeFloor} is needed`,
        fix: 'install docker-compose-plugin there',
      },
    ];
  },
};

/** Less free space than a swap, or an image that has to be pulled, needs. */
export const diskShort: Guard = {
  name: 'disk-short',
  isOverridable: true,
  check: (release, facts, context) => {
    const pulls = release.containers.some(
      ({ image }) => findImage(facts.engine.images, image) === undefined,
    );
    const floors: [string, number][] = [
      [context.stackRoot, spaceFloorGiB.files],
      [context.dataRoot, spaceFloorGiB.files],
      ...(pulls ? [[dockerRoot, spaceFloorGiB.images] satisfies [string, number]] : []),
    ];
    return floors
      .filter(([path, floor]) => (facts.freeGiB[path] ?? Infinity) < floor)
      .map(([path, floor]) => ({
        reason: `${path} on ${facts.host} has ${formatGiB(facts.freeGiB[path] ?? 0)} GiB free; ${floor} GiB are needed`,
        fix: path === dockerRoot ? 'docker image prune on the host' : `free space: df -h ${path}`,
      }));
  },
};
