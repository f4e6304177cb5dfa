import { badInput, labels, nameSchema, StackError } from '@ai-stack/core';
import { composeProgram } from '@ai-stack/docker';
import { keptRepository } from './kept-releases';
import type { OpenHost } from './facts/collect-all';
import type { HostFacts } from './facts/host-facts';
import type { Preamble } from '@ai-stack/ssh';

const compose = composeProgram().join(' ');

/** `$1` project, `$2` folder of the service: stops and removes its containers, with or without its compose.yaml. */
const downScript = `set -eu
project=$1 folder=$2
if [ -f "$folder/compose.yaml" ]; then
  cd -- "$folder"
  ${compose} -f compose.yaml -p "$project" down --remove-orphans && exit 0
fi
cd /
${compose} -p "$project" down --remove-orphans`;

/**
 * `$1` folder of the service, then rendered files: forgets the release. `.env` stays with the data, and so do the lock
 * and its fence: they say that the data is not that of a host which was reinstalled.
 */
const forgetScript = `set -eu
folder=$1
shift
for path; do rm -f -- "$path"; done
[ -d "$folder/.stack" ] || exit 0
cd -- "$folder/.stack"
for entry in * .[!.]*; do
  case $entry in fence | lock | lock.json | work.lock) ;; *) rm -rf -- "$entry" ;; esac
done`;

/** `$1` folder of the service, then its directories under the data root: removes `.env` and all data. */
const removeDataScript = `set -eu
folder=$1
shift
for path; do rm -rf -- "$path"; done
rm -rf -- "$folder/.stack"
rm -f -- "$folder/.env"
rmdir -- "$folder" 2>/dev/null || true`;

interface DestroyOptions {
  environment: string;
  service: string;
  /** Also `.env` and everything under `<dataRoot>/<service>`. */
  data: boolean;
  /** The service's name as the operator typed it; only asked for with `data`. */
  confirmedName?: string;
}

const composeTimeoutMs = 900_000;

/** What a destroy would take from one host. */
export interface DestroyPlan {
  service: string;
  host: string;
  containers: string[];
  /** Rendered files that were recorded. */
  files: string[];
  /** Directories with data; empty: they stay. */
  data: string[];
}

/** What would go. Pure. */
export function planDestroy(
  { host }: Pick<OpenHost, 'host'>,
  facts: HostFacts,
  { service, data, environment }: Omit<DestroyOptions, 'confirmedName'>,
): DestroyPlan {
  refuseOtherEnvironment(facts, service, environment);
  const containers = facts.engine.containers.filter(
    (one) => one.labels[labels.service] === service,
  );
  return {
    service,
    host: host.name,
    containers: containers.map(({ name }) => name),
    files: (facts.services[service]?.current?.files ?? []).map(({ path }) => path),
    data: data ? [`${host.dataRoot}/${service}`] : [],
  };
}

/** Stops and removes a service on one host. Data stays unless its name was typed. Throws StackErrors. */
export async function destroyService(
  open: OpenHost,
  facts: HostFacts,
  options: DestroyOptions,
  fence: Preamble | undefined,
): Promise<void> {
  const { service, data, environment } = options;
  if (data && options.confirmedName !== service) {
    throw badInput(`the data of ${service} on ${facts.host} stays: its name was not typed`, {
      where: { service, host: facts.host },
      fix: `type ${service} when asked, or leave out --data`,
    });
  }
  refuseOtherEnvironment(facts, service, environment);
  await removeService(open, service, facts, fence);
  if (!data) return;
  const { dataRoot, stackRoot } = open.host;
  const paths = [`${dataRoot}/${service}`];
  await open.connection.script(removeDataScript, [`${stackRoot}/${service}`, ...paths], {
    timeoutMs: composeTimeoutMs,
    doing: `removing the data of ${service}`,
  });
}

/** Removes containers, rendered files and the record of a service; its data and `.env` stay. */
export async function removeService(
  { host, connection, engine }: OpenHost,
  service: string,
  facts: HostFacts,
  fence: Preamble | undefined,
): Promise<void> {
  if (!nameSchema.safeParse(service).success) throw badInput(`${service} is no service's name`);
  const folder = `${host.stackRoot}/${service}`;
  const record = facts.services[service]?.current;
  const options = {
    timeoutMs: composeTimeoutMs,
    before: fence,
    doing: `removing the containers of ${service}`,
  };
  await connection.script(downScript, [record?.project ?? `ai-${service}`, folder], options);
  const files = (record?.files ?? []).map(({ path }) => path);
  const paths = [...new Set([`${folder}/compose.yaml`, ...files])];
  await connection.script(forgetScript, [folder, ...paths], {
    before: fence,
    doing: `removing the files of ${service}`,
  });
  const now = await engine.collectFacts();
  const kept = now.images
    .flatMap((image) => image.tags)
    .filter((tag) => tag.startsWith(`${keptRepository(service)}:`));
  await Promise.allSettled(kept.map((tag) => engine.removeImageTag(tag)));
  const isShared = now.containers.some((one) => one.labels[labels.service] !== undefined);
  if (isShared) return;
  // A network with a container that is not ours stays.
  const ours = now.networks.filter((one) => record?.networks.includes(one.name));
  await Promise.allSettled(ours.map(({ name }) => engine.removeNetwork(name)));
}

function refuseOtherEnvironment(facts: HostFacts, service: string, environment: string): void {
  const others = [
    facts.services[service]?.current?.environment,
    ...facts.engine.containers
      .filter((one) => one.labels[labels.service] === service)
      .map((one) => one.labels[labels.environment]),
  ].filter((name) => name !== undefined && name !== environment);
  if (others.length === 0) return;
  throw new StackError(
    `${service} on ${facts.host} belongs to the environment ${others[0] ?? ''}`,
    {
      where: { service, host: facts.host },
      fix: `destroy it as ${others[0] ?? ''}`,
      exitCode: 2,
    },
  );
}
