import { canonicalAddress } from '@ai-stack/core';
import type { ContainerSettings, PublishedPort } from '@ai-stack/core';
import type { ContainerFact } from './facts';

/** The project and the name under which a container was described. */
interface ContainerIdentity {
  project: string;
  service: string;
}

/**
 * In what a container differs from what Compose makes of its part of compose.yaml, though it was made from it: what
 * was changed by hand on a container that exists. Empty where nothing does. Pure.
 */
export function differencesOf(
  { project, service }: ContainerIdentity,
  fact: ContainerFact,
  settings: ContainerSettings,
): string[] {
  return [
    ...nameDifference(`${project}-${service}`, fact.name),
    ...networkDifferences(fact, settings),
    ...portDifferences(fact, settings.ports),
    ...(fact.settings === undefined ? [] : settingDifferences(fact.settings, settings)),
  ];
}

/** Compose adds a number, which grows when a successor starts before the old container ends. */
function nameDifference(prefix: string, name: string): string[] {
  const number = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^[-_]\d+$/.test(number) ? [] : [`its name is ${name}, not ${prefix}-1`];
}

function networkDifferences(
  { networks, settings }: ContainerFact,
  wanted: ContainerSettings,
): string[] {
  // Without networks in compose.yaml, Compose makes one for the project.
  if (wanted.networks.length === 0) return [];
  const names = wanted.networks.map(({ name }) => name);
  const missing = names.filter((name) => !networks.includes(name));
  const further = networks.filter((name) => !names.includes(name));
  const aliases = wanted.networks.flatMap(({ name, aliases: own }) => {
    const has = settings?.aliases[name];
    if (has === undefined || missing.includes(name)) return [];
    return own
      .filter((alias) => !has.includes(alias))
      .map((alias) => `it has no alias ${alias} in the network ${name}`);
  });
  return [
    ...missing.map((name) => `it is not in the network ${name}`),
    ...further.map((name) => `it is in the network ${name}, too`),
    ...aliases,
  ];
}

/** Only of one that runs: a stopped one publishes nothing. */
function portDifferences({ state, ports }: ContainerFact, wanted: PublishedPort[]): string[] {
  if (state !== 'running') return [];
  const nameOf = ({ address, port, protocol }: ContainerFact['ports'][number]) =>
    `${canonicalAddress(address)} ${port}/${protocol}`;
  const published = ports.map(nameOf);
  return wanted
    .map((port) => nameOf(port))
    .filter((name) => !published.includes(name))
    .map((name) => `${name} is not published`);
}

/** A limit of 0 where one is wanted is a kernel without that controller: `docker update` cannot take one away. */
function settingDifferences(
  has: NonNullable<ContainerFact['settings']>,
  settings: ContainerSettings,
): string[] {
  const differs = (actual: number, expected: number) => actual !== 0 && actual !== expected;
  return [
    ...(differs(has.memoryBytes, settings.memoryBytes)
      ? [`its memory limit is ${has.memoryBytes} bytes, not ${orNone(settings.memoryBytes)}`]
      : []),
    ...(differs(has.cpus, settings.cpus)
      ? [`its CPU limit is ${has.cpus}, not ${orNone(settings.cpus)}`]
      : []),
    ...(has.restart === settings.restart
      ? []
      : [`its restart policy is ${has.restart || 'none'}, not ${settings.restart}`]),
    ...openFilesDifference(has.openFiles, settings.openFiles),
    ...has.otherLimits.map((limit) => `it has the limit ${limit}`),
  ];
}

/** `docker update` cannot change it, but the host may allow more or fewer than before. */
function openFilesDifference(actual: number | undefined, expected: number | undefined): string[] {
  if (expected === undefined || actual === expected) return [];
  return [`its limit of open files is ${actual ?? "the engine's own"}, not ${expected}`];
}

function orNone(limit: number): string {
  return limit === 0 ? 'none' : String(limit);
}
