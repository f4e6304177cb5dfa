import { labels, type Release } from '@ai-stack/core';
import { differencesOf, isUnfinished, type ContainerFact } from '@ai-stack/docker';
import type { HostFacts, ServiceFacts } from './facts/host-facts';
import { configHashLabel, servingOf } from './plan/container';
import { boundSettings } from './plan/open-files';
import type { Manifest } from './state-files';
import { absenceOf, type UnreachableHost } from './facts/unreachable';

/** One container, or a service that has none. */
export interface StatusRow {
  service: string;
  host: string;
  container: string;
  /** unreachable: its host did not answer. */
  state: ContainerFact['state'] | 'absent' | 'unreachable';
  health: ContainerFact['health'];
  image: string;
  release: string | undefined;
  when: string | undefined;
  who: string | undefined;
  commit: string | null | undefined;
  /** In what the host differs from its manifest. */
  drift: string[];
  /** The deploy in progress, in words; what differs meanwhile is not drift. */
  running?: string;
  /** Of an unreachable one: when this machine last reached its host (ISO 8601, null: never, as far as it knows), and why
   *  it does not now. */
  unreachable?: { lastSeen: string | null; reason: string };
}

/** The rows for the services of a host that did not answer. Pure; sorted by service. */
export function unreachableStatus(
  unreachable: UnreachableHost,
  placed: readonly string[],
): StatusRow[] {
  const { host } = unreachable;
  return [...placed].sort().map((service) => ({
    service,
    host,
    container: '-',
    state: 'unreachable',
    health: 'none',
    image: '-',
    release: undefined,
    when: undefined,
    who: undefined,
    commit: undefined,
    drift: [],
    unreachable: absenceOf(unreachable),
  }));
}

/** What runs on a host, and how it differs from what was recorded. Pure; sorted by service and container. */
export function compareStatus(
  facts: HostFacts,
  environment: string,
  placed: readonly string[],
  releases: readonly Release[] = [],
): StatusRow[] {
  const ours = facts.engine.containers.filter(
    (entry) => entry.labels[labels.environment] === environment,
  );
  const labelled = ours.map((fact) => fact.labels[labels.service] ?? '');
  const recorded = Object.entries(facts.services)
    .filter(([, service]) => service.current?.environment === environment)
    .map(([name]) => name);
  const names = [...new Set([...placed, ...recorded, ...labelled])]
    .filter((name) => name !== '')
    .sort();
  return names.flatMap((service) => {
    const containers = ours.filter((fact) => fact.labels[labels.service] === service);
    const wanted = releases.find(
      (release) => release.service === service && release.host === facts.host,
    );
    return serviceRows(service, containers, facts, wanted);
  });
}

function serviceRows(
  service: string,
  containers: readonly ContainerFact[],
  facts: HostFacts,
  release: Release | undefined,
): StatusRow[] {
  const state = facts.services[service];
  const current = state?.current;
  const recorded = current?.containers.map(({ name }) => name) ?? [];
  const expected = { current, release, openFilesLimit: facts.openFilesLimit };
  const containerNames = containers.map((entry) => entry.service ?? entry.name);
  const drift = state === undefined ? [] : serviceDrift(service, state, facts);
  const names = [...new Set([...recorded, ...containerNames])].sort();
  return (names.length === 0 ? ['-'] : names).map((container) => {
    const present = containers.filter((entry) => (entry.service ?? entry.name) === container);
    const fact = servingOf(present);
    const left = present
      .filter(isUnfinished)
      .map(({ name }) => `an interrupted update left the container ${name}`);
    return {
      service,
      host: facts.host,
      container,
      state: fact?.state ?? 'absent',
      health: fact?.health ?? 'none',
      image:
        fact?.image ?? current?.containers.find((entry) => entry.name === container)?.image ?? '-',
      release: current?.release,
      when: current?.when,
      who: current?.who,
      commit: current?.commit,
      drift:
        state?.journal === undefined && state?.running === undefined
          ? [...drift, ...containerDrift(container, fact, expected), ...left]
          : drift,
      ...(state?.running !== undefined && { running: state.running }),
    };
  });
}

function serviceDrift(service: string, state: ServiceFacts, facts: HostFacts): string[] {
  if (state.running !== undefined) return [];
  if (state.journal !== undefined) return [`a deploy of ${state.journal.release} was interrupted`];
  const drift = (state.current?.files ?? []).flatMap(({ path, writtenSha256 }) => {
    const fact = facts.paths[path];
    if (fact === undefined) return [`${path} is gone`];
    if (fact.kind === 'file' && fact.sha256 === writtenSha256) return [];
    return [`${path} was changed`];
  });
  const env = state.current?.envSha256 ?? undefined;
  if (state.current !== undefined && env !== state.envSha256) drift.push('.env was changed');
  const strays = facts.strayFiles.filter((path) => path.split('/').at(-2) === service);
  drift.push(...strays.map((path) => `Compose would read ${path}, too`));
  return drift;
}

/** What a container of a service is compared with. */
interface Expected {
  current: Manifest | undefined;
  release: Release | undefined;
  openFilesLimit: number | undefined;
}

function containerDrift(
  name: string,
  fact: ContainerFact | undefined,
  { current, release, openFilesLimit }: Expected,
): string[] {
  const recorded = current?.containers.find((entry) => entry.name === name);
  if (recorded === undefined) return current === undefined ? [] : ['it is not in the release'];
  if (fact === undefined) return ['its container is gone'];
  const isSame =
    fact.labels[labels.content] === recorded.contentHash &&
    fact.imageId === recorded.imageId &&
    (recorded.configHash === '' || fact.labels[configHashLabel] === recorded.configHash);
  if (!isSame) return ['its container was recreated by hand'];
  // Only for containers that were created from the part of compose.yaml that is rendered now.
  const own = release?.containers.find((entry) => entry.name === name);
  const settings = release?.settings?.[name];
  if (settings === undefined || own?.contentHash !== recorded.contentHash) return [];
  const identity = { project: release?.project ?? '', service: name };
  return differencesOf(identity, fact, boundSettings(settings, openFilesLimit));
}
