import type { ContainerSettings, Release, Warning } from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';

/** The line of compose.yaml, where render puts it: `services`, the container, `ulimits`. */
const line = /^( {6}nofile: )(\d+)$/gm;

/** compose.yaml with at most as many open files as its host can give: Docker starts no container that wants more. Pure. */
export function boundOpenFiles(compose: string, limit = Infinity): string {
  return compose.replaceAll(line, (text, key: string, wanted: string) =>
    Number(wanted) > limit ? `${key}${limit}` : text,
  );
}

/** The settings of a container that was made from such a compose.yaml. Pure. */
export function boundSettings(settings: ContainerSettings, limit = Infinity): ContainerSettings {
  const { openFiles } = settings;
  return openFiles === undefined
    ? settings
    : { ...settings, openFiles: Math.min(openFiles, limit) };
}

/** That the containers of a release get fewer open files than its options say. Pure. */
export function openFilesWarnings(release: Release, facts: HostFacts): Warning[] {
  const { openFilesLimit: limit = Infinity, host } = facts;
  const wanted = Math.max(
    0,
    ...Object.values(release.settings ?? {}).map(({ openFiles = 0 }) => openFiles),
  );
  if (wanted <= limit) return [];
  const file = `apps/${release.service}/environments/${release.environment}.yaml`;
  return [
    {
      reason: `${release.service} gets ${limit} open files on ${host}, not ${wanted}: the engine there may not give more (a virtual machine or container that lacks CAP_SYS_RESOURCE)`,
      fix: `raise the hard limit of dockerd and containerd there (LimitNOFILE= of both services; in a container of Proxmox lxc.prlimit.nofile), or write ulimits: { nofile: ${limit} } into ${file}`,
    },
  ];
}
