import type { Container, ImageNeeds, ServiceModel } from '@ai-stack/core';
import type { Consumer } from './bindings';
import { publishedPorts } from './containers';

/** What each container of a service needs of the configuration of its image. Pure. */
export function imageNeedsOf(consumer: Consumer, model: ServiceModel): Record<string, ImageNeeds> {
  return Object.fromEntries(
    Object.entries(model.containers).map(([name, container]) => [
      name,
      needsOf(consumer, container, model.directories),
    ]),
  );
}

function needsOf(
  consumer: Consumer,
  container: Container,
  directories: ServiceModel['directories'],
): ImageNeeds {
  const { assumes = {}, user, mounts, healthcheck } = container;
  const healthProgram = healthcheck?.test[1];
  return {
    ...assumes,
    ...(user !== undefined && { user }),
    ports: portsOf(consumer, container),
    mounts: mounts.map(({ target }) => target),
    writes: directories
      .filter(({ path }) => mounts.some(({ source, readOnly }) => source === path && !readOnly))
      .map(({ path, mode, uid, gid }) => ({ path, mode, uid, gid })),
    ...(healthProgram !== undefined && { healthProgram }),
  };
}

/** A port that a definition sets itself, by another number than its endpoint's, is not the image's to know. */
function portsOf(consumer: Consumer, container: Container): string[] {
  const own = container.publish.filter(({ containerPort }) => containerPort === undefined);
  const published = publishedPorts(consumer, { ...container, publish: own });
  const all = [
    ...published.map(({ port, protocol }) => `${port}/${protocol}`),
    ...container.routes.map(({ port }) => `${port}/tcp`),
  ];
  return [...new Set(all)].sort();
}
