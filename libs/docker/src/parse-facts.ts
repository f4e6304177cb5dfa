import type { ContainerUsage } from './engine';
import type { ContainerFact, ImageFact, NetworkFact, RegistrySettings } from './facts';

/** The parts that we read of the Engine API's answers (v1.43 and later); each may be missing or null. */
interface ListedContainer {
  Id: string;
  Names?: string[] | null;
  Image: string;
  ImageID: string;
  State: string;
  Status?: string;
  Labels?: Record<string, string> | null;
  Mounts?: { Type?: string; Source?: string }[] | null;
  Ports?: { IP?: string; PrivatePort: number; PublicPort?: number; Type: string }[] | null;
  NetworkSettings?: { Networks?: Record<string, { IPAddress?: string } | null> | null } | null;
}
interface InspectedContainer {
  Id?: string;
  RestartCount?: number;
  HostConfig?: {
    Memory?: number;
    NanoCpus?: number;
    RestartPolicy?: { Name?: string } | null;
    MemoryReservation?: number;
    CpuShares?: number;
    CpuQuota?: number;
    CpusetCpus?: string;
    PidsLimit?: number | null;
    Ulimits?: { Name?: string; Soft?: number; Hard?: number }[] | null;
  } | null;
  NetworkSettings?: {
    Networks?: Record<
      string,
      { Aliases?: string[] | null; DNSNames?: string[] | null } | null
    > | null;
  } | null;
  State?: {
    Status?: string;
    Error?: string;
    Health?: { Status?: string; Log?: HealthOutput[] | null } | null;
  };
}
interface HealthOutput {
  ExitCode?: number;
  Output?: string;
}
interface ListedImage {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
}

interface ListedNetwork {
  Name: string;
  Labels?: Record<string, string> | null;
  IPAM?: { Config?: { Subnet?: string }[] | null } | null;
  Options?: Record<string, string> | null;
  EnableIPv6?: boolean;
}

/** The option of Docker's bridges that has the MTU. */
export const mtuOption = 'com.docker.network.driver.mtu';

const states = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
] as const;

/** A container from `GET /containers/json`; its restart count is not in there. */
export function parseContainer(listed: ListedContainer): ContainerFact {
  const labels = listed.Labels ?? {};
  const sources = (listed.Mounts ?? []).flatMap((mount) =>
    mount.Type === 'bind' && mount.Source !== undefined ? [mount.Source] : [],
  );
  return {
    id: listed.Id,
    name: (listed.Names?.[0] ?? listed.Id).replace(/^\//, ''),
    project: labels['com.docker.compose.project'],
    service: labels['com.docker.compose.service'],
    image: listed.Image,
    imageId: listed.ImageID,
    state: parseState(listed.State),
    health: healthInStatus(listed.Status ?? ''),
    restartCount: undefined,
    labels: sortKeys(labels),
    mountSources: [...new Set(sources)].sort(),
    ports: parsePorts(listed.Ports ?? []),
    networks: Object.keys(listed.NetworkSettings?.Networks ?? {}).sort(),
    addresses: parseAddresses(listed.NetworkSettings?.Networks ?? {}),
  };
}

/** The same container with what only `GET /containers/<id>/json` knows. */
export function addInspection(fact: ContainerFact, inspected: InspectedContainer): ContainerFact {
  const { Status, Health } = inspected.State ?? {};
  return {
    ...fact,
    state: parseState(Status ?? fact.state),
    health: parseHealth(Health?.Status),
    restartCount: inspected.RestartCount,
    ...addSettings(inspected),
  };
}

/** What an inspection adds to a listed container apart from its state; no settings where the answer has none. */
export function addSettings({
  HostConfig,
  NetworkSettings,
  State,
}: InspectedContainer): Pick<ContainerFact, 'settings' | 'startError'> {
  const error = State?.Error ?? '';
  const startError = error === '' ? {} : { startError: error };
  if (HostConfig === undefined || HostConfig === null) return startError;
  const networks = Object.entries(NetworkSettings?.Networks ?? {});
  const aliases = networks.map(([name, network]): [string, string[]] => [
    name,
    [...new Set([...(network?.Aliases ?? []), ...(network?.DNSNames ?? [])])].sort(),
  ]);
  const { MemoryReservation, CpuShares, CpuQuota, CpusetCpus, PidsLimit } = HostConfig;
  const limits = { MemoryReservation, CpuShares, CpuQuota, CpusetCpus, PidsLimit };
  const openFiles = (HostConfig.Ulimits ?? []).find(({ Name }) => Name === 'nofile')?.Soft;
  return {
    ...startError,
    settings: {
      aliases: Object.fromEntries(sortBy(aliases, ([name]) => name)),
      memoryBytes: HostConfig.Memory ?? 0,
      cpus: (HostConfig.NanoCpus ?? 0) / 1e9,
      restart: HostConfig.RestartPolicy?.Name ?? '',
      ...(openFiles !== undefined && { openFiles }),
      otherLimits: Object.entries(limits)
        .filter(([, value]) => (typeof value === 'number' ? value > 0 : (value ?? '') !== ''))
        .map(([name, value]) => `${name} ${String(value)}`),
    },
  };
}

/** An image from `GET /images/json`. */
export function parseImage(listed: ListedImage): ImageFact {
  const named = (names: string[] | null | undefined): string[] =>
    (names ?? []).filter((name) => !name.startsWith('<none>')).sort();
  return { id: listed.Id, tags: named(listed.RepoTags), digests: named(listed.RepoDigests) };
}

/** A network from `GET /networks`. */
export function parseNetwork(listed: ListedNetwork): NetworkFact {
  const mtu = Number(listed.Options?.[mtuOption]);
  const subnets = (listed.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
  return {
    name: listed.Name,
    labels: sortKeys(listed.Labels ?? {}),
    subnets: subnets.sort(),
    ...(mtu > 0 && { mtu }),
    hasIpv6: listed.EnableIPv6 ?? false,
  };
}

/** The part of `GET /info` about registries; daemon.json has it as `registry-mirrors` and `insecure-registries`. */
export interface RegistryConfig {
  Mirrors?: string[] | null;
  InsecureRegistryCIDRs?: string[] | null;
  IndexConfigs?: Record<string, { Secure?: boolean } | null> | null;
}

/** Where the engine pulls from. */
export function parseRegistries(config: RegistryConfig | null | undefined): RegistrySettings {
  const named = Object.entries(config?.IndexConfigs ?? {}).flatMap(([name, index]) =>
    index?.Secure === false ? [name] : [],
  );
  return {
    mirrors: config?.Mirrors ?? [],
    insecure: [...(config?.InsecureRegistryCIDRs ?? []), ...named].sort(),
  };
}

/** `GET /containers/<id>/stats`, of which the engine fills in what the kernel counts. */
interface ContainerStats {
  cpu_stats?: { cpu_usage?: { total_usage?: number } };
  blkio_stats?: { io_service_bytes_recursive?: { op?: string; value?: number }[] | null };
}

/** The processor time and the bytes of block devices in the answer. */
export function parseUsage({ cpu_stats, blkio_stats }: ContainerStats): ContainerUsage {
  const entries = blkio_stats?.io_service_bytes_recursive ?? [];
  const moved = entries.filter(({ op }) => /^(?:read|write)$/i.test(op ?? ''));
  return {
    cpuSeconds: (cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e9,
    blockBytes: moved.reduce((sum, { value = 0 }) => sum + value, 0),
  };
}

/** Last outputs of a health check, one line each, with the exit code where the check failed. */
export function parseHealthLog(inspected: InspectedContainer): string[] {
  return (inspected.State?.Health?.Log ?? []).map(({ ExitCode, Output }) => {
    const text = (Output ?? '').trim().replaceAll(/\s+/g, ' ').slice(0, 500);
    return ExitCode === 0 ? text : `exit ${ExitCode ?? 'unknown'}: ${text}`;
  });
}

/**
 * Lines of `GET /containers/<id>/logs` without colour codes. Without a terminal each chunk has a header of eight bytes:
 * the stream (0 to 2), three zeros and the length; with one the text has no header.
 */
export function parseLogs(body: Buffer): string[] {
  const chunks: Buffer[] = [];
  let at = 0;
  while (at + 8 <= body.length && isHeader(body, at)) {
    const end = at + 8 + body.readUInt32BE(at + 4);
    chunks.push(body.subarray(at + 8, end));
    at = end;
  }
  if (at < body.length) chunks.push(body.subarray(at));
  const lines = Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
  return lines.map(stripColours).filter((line, index) => line !== '' || index < lines.length - 1);
}

/** Stable order by a text of each element. */
export function sortBy<Element>(
  list: readonly Element[],
  key: (element: Element) => string,
): Element[] {
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function isHeader(body: Buffer, at: number): boolean {
  return (body[at] ?? 9) <= 2 && body.readUIntBE(at + 1, 3) === 0;
}

function stripColours(line: string): string {
  return line.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
}

function parseState(text: string): ContainerFact['state'] {
  return states.find((state) => state === text) ?? 'dead';
}

function parseHealth(text: string | undefined): ContainerFact['health'] {
  return text === 'starting' || text === 'healthy' || text === 'unhealthy' ? text : 'none';
}

/** `Up 5 minutes (healthy)`, `Up 2 seconds (health: starting)`. */
function healthInStatus(status: string): ContainerFact['health'] {
  return parseHealth(/\((?:health: )?(starting|healthy|unhealthy)\)$/.exec(status)?.[1]);
}

function parsePorts(ports: NonNullable<ListedContainer['Ports']>): ContainerFact['ports'] {
  const published = ports.flatMap(({ IP, PublicPort, Type }) =>
    PublicPort === undefined
      ? []
      : [{ address: IP ?? '0.0.0.0', port: PublicPort, protocol: Type }],
  );
  return sortBy(published, ({ address, port, protocol }) => `${address} ${port} ${protocol}`);
}

function parseAddresses(
  networks: Record<string, { IPAddress?: string } | null>,
): Record<string, string> {
  const addresses = Object.entries(networks).flatMap(([name, network]): [string, string][] => {
    const address = network?.IPAddress ?? '';
    return address === '' ? [] : [[name, address]];
  });
  return sortKeys(Object.fromEntries(addresses));
}

function sortKeys(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(sortBy(Object.entries(record), ([key]) => key));
}
