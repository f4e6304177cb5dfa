import type { ImageNeeds, Release } from '@ai-stack/core';
import type { OpenHost, HostFacts } from '@ai-stack/deploy';
import type { RegistrySettings } from '@ai-stack/docker';
import type { CheckedImage, ImageDifference } from '@ai-stack/report';
import type { Asking } from './ask-registry';
import { compareImage, unseenIn } from './compare-image';
import { NoImage } from './no-image';
import { isFor, readImage, WrongPlatform, type ImageConfig } from './read-image';

/** One image, and the containers of one service on one host that run from it. */
export interface ImageToCheck {
  service: string;
  host: string;
  container: string;
  image: string;
  needs: ImageNeeds;
}

/** The host that pulls: how it reaches registries, and what it runs. */
export interface Puller {
  host: string;
  architecture: string;
  registries: RegistrySettings;
  way: Asking['way'];
}

/** The hosts that answered, each with the way from it: an image is looked for where the engine would find it. */
export function pullersOf(hosts: readonly OpenHost[], facts: readonly HostFacts[]): Puller[] {
  return facts.flatMap(({ host, engine: { architecture, registries } }) => {
    const connection = hosts.find((open) => open.host.name === host)?.connection;
    if (connection === undefined) return [];
    const way: Puller['way'] = async (name, port) => ({
      socketPath: await connection.forwardTcp(name, port),
    });
    return [{ host, architecture, registries, way }];
  });
}

/** The images of releases. */
export function imagesOf(releases: readonly Release[]): ImageToCheck[] {
  return releases.flatMap(({ service, host, containers, imageNeeds = {} }) =>
    containers.flatMap(({ name, image }) => {
      const needs = imageNeeds[name];
      return needs === undefined ? [] : [{ service, host, container: name, image, needs }];
    }),
  );
}

/** Reads each image once for each host, as that host reaches its registry, and compares it. Never throws. */
export async function checkEach(
  images: readonly ImageToCheck[],
  pullers: readonly Puller[],
  environment: string,
  asking: Omit<Asking, 'way'>,
): Promise<CheckedImage[]> {
  const reads = new Map<string, Promise<ImageConfig>>();
  const read = (image: string, puller: Puller): Promise<ImageConfig> => {
    const key = `${puller.host} ${image}`;
    const { architecture, registries, way } = puller;
    const begun = reads.get(key) ?? readImage(image, architecture, registries, { ...asking, way });
    reads.set(key, begun);
    return begun;
  };
  return Promise.all(
    images.map(async ({ needs, ...place }): Promise<CheckedImage> => {
      const puller = pullers.find(({ host }) => host === place.host);
      const options = `apps/${place.service}/environments/${environment}.yaml`;
      const files = { service: place.service, options };
      if (puller === undefined) return unknown(place, `${place.host} does not answer`);
      try {
        const config = await read(place.image, puller);
        const { digest, platform, from } = config;
        const differences = [
          ...compareArchitecture(puller, config, options),
          ...compareImage(needs, config, files),
        ];
        const state = differences.length === 0 ? 'fits' : 'differs';
        const unseen = unseenIn(needs, config);
        return { ...place, state, digest, platform, from, differences, unseen };
      } catch (error) {
        if (error instanceof WrongPlatform) return wrongPlatform(place, puller, error, options);
        if (error instanceof NoImage) return unknown(place, error.what, error, options);
        return unknown(place, error instanceof Error ? error.message : String(error));
      }
    }),
  );
}

type Place = Omit<ImageToCheck, 'needs'>;

/** An image of a single platform names it in its configuration alone. */
function compareArchitecture(
  { architecture, host }: Puller,
  { platform, otherPlatforms }: ImageConfig,
  options: string,
): ImageDifference[] {
  const [os = '', named = ''] = platform.split('/');
  if (isFor({ os, architecture: named }, architecture)) return [];
  return [architectureDifference(architecture, host, [platform, ...otherPlatforms], options)];
}

function architectureDifference(
  architecture: string,
  host: string,
  platforms: readonly string[],
  options: string,
): ImageDifference {
  return {
    what: 'architecture',
    expected: `linux/${architecture}, which ${host} runs`,
    found: platforms.join(', ') || 'no platform',
    fix: `choose a tag for linux/${architecture} (image in ${options}), or place the service on another host`,
  };
}

function wrongPlatform(
  place: Place,
  { architecture, host }: Puller,
  { platforms, digest, from }: WrongPlatform,
  options: string,
): CheckedImage {
  const differences = [architectureDifference(architecture, host, platforms, options)];
  return { ...place, state: 'differs', digest, from, differences, unseen: [] };
}

function unknown(place: Place, reason: string, error?: NoImage, options?: string): CheckedImage {
  const row = { ...place, state: 'unknown' as const, differences: [], unseen: [], reason };
  if (error === undefined) return row;
  const at = options === undefined ? '' : ` (image in ${options})`;
  return { ...row, fix: `${error.fix}${error.isAnswer ? at : ''}`, isAnswer: error.isAnswer };
}
